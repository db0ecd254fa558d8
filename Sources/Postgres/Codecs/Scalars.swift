extension Bool: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .bool }
  public static var arrayType: PostgresType { .boolArray }
  public func encode(into bytes: inout [UInt8]) { bytes.append(self ? 1 : 0) }
  public init(from cell: PostgresCell) throws {
    guard cell.type == .bool else { throw cell.mismatch(Bool.self) }
    self = try cell.fixedWidth(UInt8.self) != 0
  }
}

extension Double: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .float8 }
  public static var arrayType: PostgresType { .float8Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
  public init(from cell: PostgresCell) throws {
    switch cell.type {
    case .float8: self = Double(bitPattern: try cell.fixedWidth(UInt64.self))
    case .float4: self = Double(Float(bitPattern: try cell.fixedWidth(UInt32.self)))
    default: throw cell.mismatch(Double.self)
    }
  }
}

extension Float: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .float4 }
  public static var arrayType: PostgresType { .float4Array }
  public func encode(into bytes: inout [UInt8]) { bytes.append(bigEndian: bitPattern) }
  public init(from cell: PostgresCell) throws {
    guard cell.type == .float4 else { throw cell.mismatch(Float.self) }
    self = Float(bitPattern: try cell.fixedWidth(UInt32.self))
  }
}

extension String: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .text }
  public static var arrayType: PostgresType { .textArray }
  public func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
  public init(from cell: PostgresCell) throws {
    guard cell.type.isTextual || cell.type == .jsonb else { throw cell.mismatch(String.self) }
    self = try cell.text(skipping: cell.type == .jsonb ? 1 : 0)
  }
}
