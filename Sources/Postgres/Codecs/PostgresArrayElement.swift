/// A type whose Swift array is one PostgreSQL value: a one-dimensional array, or `bytea` for `UInt8`.
public protocol PostgresArrayElement: Sendable {
  /// The type of the whole array.
  static var arrayType: PostgresType { get }

  /// Appends the binary form of the whole array.
  static func encodeArray(_ elements: [Self], into bytes: inout [UInt8])

  /// Reads a whole array.
  static func decodeArray(_ cell: PostgresCell) throws -> [Self]
}

extension PostgresArrayElement where Self: PostgresEncodable {
  public static func encodeArray(_ elements: [Self], into bytes: inout [UInt8]) {
    bytes.append(bigEndian: Int32(elements.isEmpty ? 0 : 1))
    bytes.append(bigEndian: Int32(elements.contains(where: \.isPostgresNull) ? 1 : 0))
    bytes.append(bigEndian: Self.postgresType.rawValue)
    guard !elements.isEmpty else { return }
    bytes.append(bigEndian: Int32(truncatingIfNeeded: elements.count))
    bytes.append(bigEndian: Int32(1))
    for element in elements {
      guard !element.isPostgresNull else {
        bytes.append(bigEndian: Int32(-1))
        continue
      }
      let lengthAt = bytes.count
      bytes.append(bigEndian: Int32(0))
      element.encode(into: &bytes)
      let length = UInt32(truncatingIfNeeded: bytes.count - lengthAt - 4)
      for index in 0..<4 { bytes[lengthAt + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    }
  }
}

extension PostgresArrayElement where Self: PostgresDecodable {
  public static func decodeArray(_ cell: PostgresCell) throws -> [Self] {
    try cell.elements(of: Self.self).map { try Self(from: $0) }
  }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresEncodable & PostgresDecodable {
  public static var arrayType: PostgresType { Wrapped.arrayType }
}

/// `[UInt8]` is `bytea`.
extension UInt8: PostgresArrayElement {
  public static var arrayType: PostgresType { .bytea }
  public static func encodeArray(_ elements: [UInt8], into bytes: inout [UInt8]) { bytes.append(contentsOf: elements) }
  public static func decodeArray(_ cell: PostgresCell) throws -> [UInt8] {
    guard cell.type == .bytea else { throw cell.mismatch([UInt8].self) }
    return try cell.bytes()
  }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
  public static var postgresType: PostgresType { Element.arrayType }
  public func encode(into bytes: inout [UInt8]) { Element.encodeArray(self, into: &bytes) }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
  public init(from cell: PostgresCell) throws { self = try Element.decodeArray(cell) }
}

/// `[[UInt8]]` is `bytea[]`.
extension Array: PostgresArrayElement where Element == UInt8 {
  public static var arrayType: PostgresType { .byteaArray }
}
