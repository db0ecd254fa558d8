import Foundation

/// What processes took of the machine, from /proc.
struct ProcessUsage: Sendable {
  /// Seconds of processor time, of the process itself.
  let processor: Double
  /// MiB that are resident.
  let memory: Double

  /// Nil when there is no such process.
  init?(of id: Int32) {
    guard let stat = Self.fields(of: id), let user = Double(stat[11]), let system = Double(stat[12]) else { return nil }
    processor = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    guard let pages = Double(stat[21]) else { return nil }
    memory = pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
  }

  /// Seconds of processor time of a process and its children, those that ended included.
  static func processor(ofTree root: Int32) -> Double {
    var total = 0.0
    let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
    var ids: [String] = []
    do { ids = try FileManager.default.contentsOfDirectory(atPath: "/proc") } catch { return 0 }
    for id in ids.compactMap({ Int32($0) }) {
      guard let stat = fields(of: id), id == root || Int32(stat[1]) == root else { continue }
      // The root's own figures of ended children come on top.
      for index in (id == root ? 11...14 : 11...12) { total += (Double(stat[index]) ?? 0) / tick }
    }
    return total
  }

  /// The fields of /proc/ID/stat from the third on.
  private static func fields(of id: Int32) -> [Substring]? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(end, offsetBy: 2)...].split(separator: " ")
    return fields.count > 22 ? fields : nil
  }
}
