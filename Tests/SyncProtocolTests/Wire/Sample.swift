import SyncProtocol
import Testing

/// Values for tests of the wire.
enum Sample {
  static func epoch(_ ordinal: Int32 = 3) throws -> Epoch {
    try #require(Epoch(ordinal: ordinal, id: "00112233445566778899aabbccddeeff"))
  }

  static func position(_ value: Int64) throws -> Position { try #require(Position(value)) }

  static func chain(_ byte: UInt8) throws -> ChainHash {
    try #require(ChainHash(bytes: [UInt8](repeating: byte, count: 32)))
  }

  static func silo(_ number: Int) throws -> SiloNumber { try #require(SiloNumber(number)) }

  static func row(
    _ kind: String, _ key: String, generation: Int64 = 0, head: Int64 = 50, fields: [(String, String?)]?
  ) throws -> RowImage {
    RowImage(
      row: RowReference(kind: try #require(Kind(kind)), key: try #require(RowKey(key))),
      version: RowVersion(generation: generation, epoch: 3, head: try position(head)),
      fields: fields?.map { RowImage.Field(name: $0.0, value: $0.1) })
  }

  static func rows() throws -> [RowImage] {
    [
      try row("grant", "g1", fields: nil), try row("grant", "g2", generation: 7, fields: nil),
      try row("organization_home", "o1", generation: 2, fields: [("slug", "acme"), ("state", nil)]),
      try row("user", "u1", fields: [("email", nil), ("name", "Ada \"the\" Countess\n\u{1F600}")]),
      try row("user", "u2", fields: [("email", "b@example.org"), ("name", "")]),
      try row("user", "u3", fields: []),
    ]
  }

  static func batch(
    from: Int64 = 41, to: Int64 = 44, head: Int64 = 50, consistentAt: Int64? = 50, rows: [RowImage]? = nil,
    chainAfter: UInt8 = 2, stream: Int = 0, audience: Int = 7, completeAsOf: Int64 = 1_767_225_600_000_000
  ) throws -> Batch {
    Batch(
      stream: try silo(stream), audience: try silo(audience), lane: .main, epoch: try epoch(), from: try position(from),
      to: try position(to), chainBefore: try chain(1), chainAfter: try chain(chainAfter),
      consistentAt: try consistentAt.map(position), head: try position(head), completeAsOf: completeAsOf,
      completeSnapshot: try #require(TransactionSnapshot("10:20:11,15")), rows: try rows ?? Sample.rows())
  }
}
