import SyncProtocol
import Testing

@Suite("Positions at the edges of numbers")
struct ExtremePositionTests {
  private let key: SigningKey

  init() throws { key = try SigningKey(purpose: .stream) }

  static let edges: [Int64] = [
    1 << 31, (1 << 31) - 1, (1 << 31) + 1, 1 << 32, 1 << 53, (1 << 53) - 1, (1 << 53) + 1, Int64.max - 1, Int64.max,
  ]

  @Test("a position keeps every digit on the wire", arguments: edges)
  func wire(value: Int64) throws {
    let position = try #require(Position(value))
    #expect(Position(position.description) == position)
    let cursor = Cursor(epoch: try Sample.epoch(), position: position, chain: try Sample.chain(9))
    let claim = CursorClaim(lane: .main, cursor: cursor, seen: position, isProven: false)
    let request = SyncRequest(receiver: try Sample.silo(7), claims: [claim], nacks: [], holdLimit: 0)
    let document = try SyncRequestDocument(body: SyncRequestDocument(request).body)
    #expect(document.claims.first?.cursor == cursor)
    #expect(document.claims.first?.seen == position)
  }

  @Test("a sealed batch that ends there is opened as it was, and another end is refused", arguments: edges)
  func batch(value: Int64) throws {
    let rows = [try Sample.row("user", "u1", head: value, fields: [("name", "x")])]
    let batch = try Sample.batch(from: value - 1, to: value, head: value, consistentAt: value, rows: rows)
    let sealed = try SealedBatch(sealing: batch, key: key)
    let known = KnownKey(key: key.verificationKey, purpose: .stream)
    let answer = try SyncAnswerDocument(sealing: SyncAnswer(body: .batch(batch), held: 0, age: 0), key: key)
    let pull = PullAnswer(answer: answer, manifestVersion: 1)
    let (bytes, type) = try pull.body(compressed: true)
    let opened = try PullAnswer(body: bytes, contentType: type.rawValue).answer
      .open(key: { _ in known }, stream: .control, audience: try Sample.silo(7))
    guard case .batch(let arrived) = opened.body else {
      Issue.record("no batch arrived")
      return
    }
    #expect(arrived == batch)
    #expect(sealed.envelope.to.value == value)
    let cursor = Cursor(
      epoch: try Sample.epoch(), position: try Sample.position(value - 1), chain: try Sample.chain(1))
    let lane = LaneState(cursor: cursor, seen: cursor.position)
    let next = try BatchCheck.next(
      batch, after: lane, stream: .control, audience: try Sample.silo(7), rowLimit: 10)
    #expect(next.cursor.position.value == value)
    #expect(throws: BatchFault.self) {
      try BatchCheck.next(batch, after: next, stream: .control, audience: try Sample.silo(7), rowLimit: 10)
    }
  }

  @Test("what is no position is refused", arguments: ["9223372036854775808", "-1", "+1", "01", "1e3", "1.0", "", " 1"])
  func spelling(text: String) { #expect(Position(text) == nil) }

  @Test("behind the last position there is none, and a tick says so instead of beginning again")
  func exhausted() throws {
    let last = try #require(Position(Int64.max))
    #expect(last.advanced(by: 1) == nil)
    var state = LogState(epoch: try Sample.epoch())
    state.head = last
    let row = RowReference(kind: Kind("user" as StaticString), key: try #require(RowKey("u1")))
    let view = TickView(
      state: state, snapshot: TransactionSnapshot(minimum: 100, maximum: 100, running: []), lastSequence: 50,
      transaction: 99, startedAt: 7,
      window: [.init(pointer: Pointer(sequence: 1, transaction: 10, row: row), receivers: .all)], isFull: false,
      unfinished: [], held: [], parts: [])
    #expect(throws: TickPlanError.positionsExhausted) { try TickPlanner.plan(view, limits: TickLimits()) }
  }
}
