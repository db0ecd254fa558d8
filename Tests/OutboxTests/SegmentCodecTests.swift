@testable import Outbox
import SyncProtocol
import Testing

@Suite("Segments")
struct SegmentCodecTests {
  private let catalog = KindCatalog([
    .init(id: 3, kind: Kind("item"), keyType: .uuid, lane: .main),
    .init(id: 300, kind: Kind("counter"), keyType: .int8, lane: .bulk),
    .init(id: 5, kind: Kind("note"), keyType: .text, lane: .priority),
  ])

  private func entries() throws -> [LogEntry] {
    let silo = try #require(SiloNumber(4095))
    let rows: [(Kind, String, UInt64, Receivers)] = [
      (Kind("item"), "0190a0b0-0000-7000-8000-0000000000ff", 900, .all),
      (Kind("item"), "ffffffff-ffff-ffff-ffff-ffffffffffff", 900, .all),
      (Kind("counter"), "-9223372036854775808", 12, .only([])),
      (Kind("note"), "größe 漢字", 9_000_000_000, .only([.control, silo])),
    ]
    return try rows.enumerated().map { index, row in
      LogEntry(
        position: try #require(Position(Int64(index) + 41)),
        row: RowReference(kind: row.0, key: try #require(RowKey(row.1))), transaction: row.2, receivers: row.3)
    }
  }

  @Test("what is packed is unpacked, with every key type, lane and set of receivers")
  func roundTrip() throws {
    let entries = try entries()
    let bytes = try SegmentCodec.encode(entries, catalog: catalog)
    let first = try #require(Position(41))
    #expect(try SegmentCodec.decode(bytes, first: first, catalog: catalog) == entries)
  }

  @Test("an entry of the same transaction and kind costs its key and two bytes")
  func size() throws {
    let entries = try entries()
    let one = try SegmentCodec.encode(entries.prefix(1), catalog: catalog).count
    let two = try SegmentCodec.encode(entries.prefix(2), catalog: catalog).count
    #expect(two - one == 18)
  }

  @Test("cut off or altered bytes are refused and never trap")
  func malformed() throws {
    let bytes = try SegmentCodec.encode(try entries(), catalog: catalog)
    let first = try #require(Position(1))
    for length in 0..<bytes.count {
      let cut = Array(bytes[..<length])
      let decoded = try? SegmentCodec.decode(cut, first: first, catalog: catalog)
      #expect(decoded?.count ?? 0 < 4)
    }
    for place in bytes.indices {
      for bit in 0..<8 {
        var altered = bytes
        altered[place] ^= 1 << UInt8(bit)
        _ = try? SegmentCodec.decode(altered, first: first, catalog: catalog)
      }
    }
  }
}
