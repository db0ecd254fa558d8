/// A `jsonb` value as the bytes of its JSON text. Nothing is parsed or checked here; the server checks what it is given.
public struct JSONB: Hashable, Sendable {
  /// UTF-8 JSON text.
  public var bytes: [UInt8]

  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  public init(_ text: String) {
    bytes = Array(text.utf8)
  }
}

extension JSONB: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  /// The version byte that leads the binary form.
  private static var formatVersion: UInt8 { 1 }

  public static var postgresType: PostgresType { .jsonb }
  public static var arrayType: PostgresType { .jsonbArray }

  public func encode(into target: inout [UInt8]) {
    target.append(Self.formatVersion)
    target.append(contentsOf: bytes)
  }

  public init(from cell: PostgresCell) throws {
    switch cell.type {
    case .json: bytes = try cell.bytes()
    case .jsonb:
      let wire = try cell.bytes()
      guard wire.first == Self.formatVersion else { throw cell.mismatch(JSONB.self, "unknown jsonb version") }
      bytes = Array(wire.dropFirst())
    default: throw cell.mismatch(JSONB.self)
    }
  }
}
