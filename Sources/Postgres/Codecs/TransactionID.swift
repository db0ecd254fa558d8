/// A 64-bit transaction id (`xid8`), epoch included, so it never wraps around.
public struct TransactionID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  public static func < (left: TransactionID, right: TransactionID) -> Bool { left.rawValue < right.rawValue }

  public var description: String { String(rawValue) }
}

extension TransactionID: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .xid8 }
  public static var arrayType: PostgresType { .xid8Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: rawValue) }
  public init(from cell: PostgresCell) throws {
    guard cell.type == .xid8 else { throw cell.mismatch(TransactionID.self) }
    self.init(rawValue: try cell.fixedWidth(UInt64.self))
  }
}
