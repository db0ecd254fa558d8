/// A value that can be a parameter of a statement.
///
/// Conform a type of your own by forwarding to the value it wraps; a `RawRepresentable` type gets everything by declaring the conformance.
public protocol PostgresEncodable: Sendable {
  /// The type the parameter is declared with.
  static var postgresType: PostgresType { get }

  /// Whether the parameter is NULL. `encode` is not called then.
  var isPostgresNull: Bool { get }

  /// Appends PostgreSQL's binary form.
  func encode(into bytes: inout [UInt8])
}

extension PostgresEncodable {
  public var isPostgresNull: Bool { false }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
  public static var postgresType: PostgresType { RawValue.postgresType }
  public func encode(into bytes: inout [UInt8]) { rawValue.encode(into: &bytes) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
  public static var postgresType: PostgresType { Wrapped.postgresType }

  public var isPostgresNull: Bool {
    switch self {
    case .none: true
    case .some(let value): value.isPostgresNull
    }
  }

  public func encode(into bytes: inout [UInt8]) {
    if case .some(let value) = self { value.encode(into: &bytes) }
  }
}

extension [UInt8] {
  /// Appends an integer in network byte order.
  package mutating func append(bigEndian value: some FixedWidthInteger) {
    var shift = type(of: value).bitWidth - 8
    while shift >= 0 {
      append(UInt8(truncatingIfNeeded: value >> shift))
      shift -= 8
    }
  }
}
