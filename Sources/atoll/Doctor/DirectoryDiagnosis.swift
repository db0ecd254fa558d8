import Glibc

/// Whether the gateway's map on disk knows what the directory knows: what a start without the database would go by.
struct DirectoryDiagnosis: Sendable {
  /// Seconds by which the two clocks may tell ages differently.
  static let tolerance = 5.0

  /// Seconds since the directory changed, and since the file was written. Each by one clock, so that a difference of clocks does not matter.
  let changed: Double?
  let written: Double?

  init(changed: Double?, written: Double?) {
    self.changed = changed
    self.written = written
  }

  /// - Parameter directory: where the server keeps its keys; nil when no directory was named.
  init(changed: Double?, directory: String?) {
    self.init(changed: changed, written: directory.flatMap { Self.age(of: $0 + "/directory.map") })
  }

  var findings: [Finding] {
    guard let changed, let written, written > changed + Self.tolerance else { return [] }
    return [
      Finding(
        .directoryFileBehind,
        "the map on disk is \(Int(written)) s old, the directory changed \(Int(changed)) s ago")
    ]
  }

  /// Seconds since a file was written; nil for none.
  private static func age(of path: String) -> Double? {
    var status = stat()
    var now = timespec()
    guard stat(path, &status) == 0, clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
    let seconds = Double(now.tv_sec - status.st_mtim.tv_sec)
    return seconds + Double(now.tv_nsec - status.st_mtim.tv_nsec) / 1e9
  }
}
