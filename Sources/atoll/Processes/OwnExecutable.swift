import Glibc

/// Runs this same program as another process.
enum OwnExecutable {
  /// The absolute path of this program.
  /// - Throws: ``CommandFailure`` where there is no `/proc`.
  static func path() throws -> String {
    guard let resolved = realpath("/proc/self/exe", nil) else {
      throw CommandFailure(.internal, "the path of this program is unknown", advice: "mount /proc")
    }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
