internal import FoundationEssentials
internal import SyncProtocol

/// A small file outside the data directory that remembers how far the log was: a database restored to before it is found out at once,
/// even when identity and timeline are the same.
public struct LogWitness: Sendable {
  private let path: String

  /// - Parameter path: a file in a directory that exists and is not restored together with the database.
  public init(path: String) {
    self.path = path
  }

  /// Whether the state lies before what was witnessed, or is of another epoch. No file and an unreadable one witness nothing.
  func disagrees(with state: LogState) -> Bool {
    // A newer epoch than the witnessed one may have been started without it, by hand or by another process.
    guard let seen = witnessed, seen.ordinal >= state.epoch.ordinal else { return false }
    return seen.ordinal > state.epoch.ordinal || seen.id != state.epoch.id || seen.head > state.head.value
  }

  /// The highest epoch ordinal that was witnessed; 0 for none.
  var ordinal: Int32 { witnessed?.ordinal ?? 0 }

  private var witnessed: (ordinal: Int32, id: Substring, head: Int64)? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let parts = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard parts.count == 3, let ordinal = Int32(parts[0]), let head = Int64(parts[2]) else { return nil }
    return (ordinal, parts[1], head)
  }

  /// Replaces the file. After the commit, so that it never claims more than there is.
  func record(_ state: LogState) throws {
    try "\(state.epoch.ordinal) \(state.epoch.id) \(state.head)\n".write(
      toFile: path, atomically: true, encoding: .utf8)
  }
}
