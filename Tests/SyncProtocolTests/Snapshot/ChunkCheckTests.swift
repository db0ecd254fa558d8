import SyncProtocol
import Testing

@Suite("What a chunk must be")
struct ChunkCheckTests {
  private let kind = Kind("user" as StaticString)
  private let epoch = Epoch(ordinal: 2, id: String(repeating: "a", count: 32))
  private let region: SiloNumber

  init() throws { region = try #require(SiloNumber(7)) }

  private func key(_ text: String) throws -> RowKey { try #require(RowKey(text)) }
  private func position(_ value: Int64) throws -> Position { try #require(Position(value)) }

  private func row(_ text: String, head: Int64 = 12, epoch: Int32 = 2, kind: Kind? = nil) throws -> RowImage {
    RowImage(
      row: RowReference(kind: kind ?? self.kind, key: try key(text)),
      version: RowVersion(generation: 0, epoch: epoch, head: try position(head)), fields: [])
  }

  private struct Change {
    var id = "a"
    var stream = SiloNumber.control
    var audience: SiloNumber?
    var epoch: Epoch?
    var head: Int64 = 12
    var kind: Kind?
    var after: String? = "b"
    var through: String? = "d"
    var rows: [RowImage]?
  }

  private func fault(_ change: (inout Change) throws -> Void, order: KeyOrder = .bytes) throws -> SnapshotFault? {
    var made = Change()
    try change(&made)
    let request = BulkRequest(
      id: "a", stream: .control, lane: .main, wanted: .chunk(kind, after: try key("b")), rowLimit: 2)
    let state = SnapshotState(epoch: try #require(epoch), bound: try position(10), lanes: [.main])
    let range = KeyRange(after: try made.after.map(key), through: try made.through.map(key))
    let answer = BulkAnswer(
      id: made.id, stream: made.stream, audience: made.audience ?? region, epoch: try #require(made.epoch ?? epoch),
      head: try position(made.head), isExact: true, chunk: ChunkRange(made.kind ?? kind, keys: range),
      rows: try made.rows ?? [row("c"), row("d")])
    do throws(SnapshotFault) {
      try ChunkCheck.check(answer, of: request, in: state, order: order, audience: region)
      return nil
    } catch {
      return error
    }
  }

  @Test("what was asked for is taken") func good() throws {
    #expect(try fault { _ in } == nil)
    #expect(try fault { $0.through = nil } == nil)
    #expect(
      try fault {
        $0.through = nil
        $0.rows = []
      } == nil)
  }

  @Test("everything else is refused by its name") func refusals() throws {
    #expect(try fault { $0.id = "b" } == .notAsked)
    #expect(try fault { $0.stream = self.region } == .wrongStream)
    #expect(try fault { $0.audience = SiloNumber(8) } == .wrongAudience)
    #expect(try fault { $0.after = nil } == .wrongRange)
    #expect(try fault { $0.after = "a" } == .wrongRange)
    #expect(try fault { $0.kind = Kind("grant" as StaticString) } == .wrongRange)
    #expect(try fault { $0.through = "a" } == .wrongRange)
    #expect(try fault { $0.through = "b" } == .wrongRange)
    #expect(try fault { $0.rows = [] } == .wrongRange)
    #expect(try fault { $0.epoch = Epoch(ordinal: 2, id: String(repeating: "b", count: 32)) } == .wrongEpoch)
    #expect(try fault { $0.epoch = Epoch(ordinal: 1, id: String(repeating: "a", count: 32)) } == .wrongEpoch)
    #expect(
      try fault {
        $0.head = 9
        $0.rows = [try self.row("c", head: 9)]
      } == .tooOld)
    #expect(try fault { $0.rows = [try self.row("b")] } == .outsideRange)
    #expect(try fault { $0.rows = [try self.row("e")] } == .outsideRange)
    #expect(try fault { $0.rows = [try self.row("c", kind: Kind("grant" as StaticString))] } == .outsideRange)
    #expect(try fault { $0.rows = [try self.row("c", head: 11)] } == .wrongVersion)
    #expect(try fault { $0.rows = [try self.row("c", epoch: 1)] } == .wrongVersion)
    #expect(try fault { $0.rows = [try self.row("bb"), try self.row("c"), try self.row("d")] } == .tooManyRows)
  }

  @Test("numbers follow one another as numbers, text as bytes") func orders() throws {
    #expect(KeyOrder.numbers.isAscending(try key("9"), try key("10")))
    #expect(!KeyOrder.bytes.isAscending(try key("9"), try key("10")))
    #expect(KeyOrder.numbers.isAscending(try key("-3"), try key("2")))
    #expect(!KeyOrder.numbers.isAscending(try key("x"), try key("2")))
    #expect(KeyOrder.bytes.isAscending(try key("Z"), try key("a")))
    #expect(KeyRange(after: try key("9"), through: try key("11")).contains(try key("10"), order: .numbers))
    #expect(!KeyRange(after: try key("9"), through: try key("11")).contains(try key("9"), order: .numbers))
    #expect(KeyRange(after: try key("9"), through: try key("11")).contains(try key("11"), order: .numbers))
    #expect(KeyRange.everything.contains(try key("x"), order: .numbers))
  }

  @Test("a range holds what stands behind its beginning and not behind its end") func ranges() throws {
    let texts = ["-3", "2", "9", "10", "007", "7", "x", "99999999999999999999", "z"]
    let bounds = try texts.map(key) + [nil]
    for order in [KeyOrder.bytes, .numbers] {
      for after in bounds {
        for through in bounds {
          for candidate in try texts.map(key) {
            let isBehind = after.map { order.isAscending($0, candidate) } ?? true
            let isBefore = through.map { $0 == candidate || order.isAscending(candidate, $0) } ?? true
            #expect(
              KeyRange(after: after, through: through).contains(candidate, order: order) == (isBehind && isBefore),
              "\(order) (\(after?.text ?? "-"), \(through?.text ?? "-")] \(candidate)")
          }
        }
      }
    }
  }
}
