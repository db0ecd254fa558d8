/// A value that can be read from a cell of a result.
public protocol PostgresDecodable {
  /// Reads the value.
  ///
  /// - Throws: ``PostgresError`` with code `.decoding`, naming column, object id and type, never the value.
  init(from cell: PostgresCell) throws
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
  public init(from cell: PostgresCell) throws {
    let raw = try RawValue(from: cell)
    guard let value = Self(rawValue: raw) else { throw cell.mismatch(Self.self, "not a case of the type") }
    self = value
  }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
  public init(from cell: PostgresCell) throws {
    self = cell.isNull ? nil : .some(try Wrapped(from: cell))
  }
}
