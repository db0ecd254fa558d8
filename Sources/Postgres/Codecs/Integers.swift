extension Int16: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .int2 }
  public static var arrayType: PostgresType { .int2Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
  public init(from cell: PostgresCell) throws { self = try cell.narrowed(to: Int16.self) }
}

extension Int32: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .int4 }
  public static var arrayType: PostgresType { .int4Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
  public init(from cell: PostgresCell) throws { self = try cell.narrowed(to: Int32.self) }
}

extension Int64: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .int8 }
  public static var arrayType: PostgresType { .int8Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
  public init(from cell: PostgresCell) throws { self = try cell.signedInteger(for: Int64.self) }
}

extension Int: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .int8 }
  public static var arrayType: PostgresType { .int8Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: Int64(self)) }
  public init(from cell: PostgresCell) throws { self = try cell.narrowed(to: Int.self) }
}

/// Object ids.
extension UInt32: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .oid }
  public static var arrayType: PostgresType { .oidArray }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: self) }
  public init(from cell: PostgresCell) throws {
    guard cell.type == .oid || cell.type == .regclass else { throw cell.mismatch(UInt32.self) }
    self = try cell.fixedWidth(UInt32.self)
  }
}

extension PostgresCell {
  /// The value of an integer column of any width.
  func signedInteger<Target>(for target: Target.Type) throws -> Int64 {
    switch type {
    case .int8: try fixedWidth(Int64.self)
    case .int4: Int64(try fixedWidth(Int32.self))
    case .int2: Int64(try fixedWidth(Int16.self))
    default: throw mismatch(target)
    }
  }

  /// The value of an integer column if it fits.
  func narrowed<Target: FixedWidthInteger>(to target: Target.Type) throws -> Target {
    guard let value = Target(exactly: try signedInteger(for: target)) else {
      throw mismatch(target, "out of the type's range")
    }
    return value
  }
}
