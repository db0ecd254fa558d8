public import struct FoundationEssentials.UUID

extension UUID: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
  public static var postgresType: PostgresType { .uuid }
  public static var arrayType: PostgresType { .uuidArray }

  public func encode(into bytes: inout [UInt8]) {
    let (b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15) = uuid
    bytes.append(contentsOf: [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11, b12, b13, b14, b15])
  }

  public init(from cell: PostgresCell) throws {
    guard cell.type == .uuid else { throw cell.mismatch(UUID.self) }
    let value = try cell.fixedWidth(UInt128.self)
    func byte(_ index: Int) -> UInt8 { UInt8(truncatingIfNeeded: value >> (120 - 8 * index)) }
    self.init(
      uuid: (
        byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7),
        byte(8), byte(9), byte(10), byte(11), byte(12), byte(13), byte(14), byte(15)
      ))
  }
}
