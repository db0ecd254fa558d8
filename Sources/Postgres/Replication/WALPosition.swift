/// A byte position in the server's write-ahead log (`pg_lsn`).
public struct WALPosition: RawRepresentable, Sendable, Hashable, Comparable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  public static func < (left: WALPosition, right: WALPosition) -> Bool { left.rawValue < right.rawValue }
}
