import Testing

@testable import SyncProtocol

/// One lane has reached an epoch that the source lost when it was restored again: its new epoch has the same ordinal and another id.
@Suite("A receiver that cannot start over shows its cursors")
struct ReceiverEpochTests {
  let region: SiloNumber
  let first: Epoch
  let lost: Epoch
  let current: Epoch
  let next: Epoch

  init() throws {
    region = try #require(SiloNumber(1))
    first = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
    lost = try #require(Epoch(ordinal: 2, id: String(repeating: "b", count: 32)))
    current = try #require(Epoch(ordinal: 2, id: String(repeating: "c", count: 32)))
    next = try #require(Epoch(ordinal: 3, id: String(repeating: "d", count: 32)))
  }

  private func cursor(_ epoch: Epoch, _ position: Int64) throws -> Cursor {
    Cursor(epoch: epoch, position: try #require(Position(position)), chain: .origin)
  }

  private func lane(_ cursor: Cursor) -> LaneState {
    LaneState(
      cursor: cursor, seen: cursor.position, resync: LaneState.Resync(epoch: 1, bound: .zero, token: nil))
  }

  /// An empty interval at the cursor.
  private func batch(_ lane: Lane, at cursor: Cursor, epoch: Epoch) -> SyncAnswer {
    let batch = Batch(
      stream: .control, audience: region, lane: lane, epoch: epoch, from: cursor.position, to: cursor.position,
      chainBefore: cursor.chain, chainAfter: cursor.chain, consistentAt: nil, head: cursor.position,
      completeAsOf: 1, completeSnapshot: TransactionSnapshot(minimum: 9, maximum: 9, running: []), rows: [])
    return SyncAnswer(body: .batch(batch), held: 0, age: 0)
  }

  private func start(_ cursor: Cursor) -> SyncAnswer {
    let start = Resynchronization(start: cursor, token: nil, reason: .firstContact)
    return SyncAnswer(body: .resynchronize(start), held: 0, age: 0)
  }

  private func request(_ effects: [ReceiverMachine.Effect]) throws -> (claims: [Lane: Cursor?], number: Int64) {
    for effect in effects {
      guard case .exchange(let request, let number, _) = effect else { continue }
      return (Dictionary(uniqueKeysWithValues: request.claims.map { ($0.lane, $0.cursor) }), number)
    }
    throw Missing()
  }

  private struct Missing: Error {}

  private func machine() -> ReceiverMachine {
    ReceiverMachine(stream: .control, audience: region, snapshots: [.priority, .main], seed: 1)
  }

  /// The start of an epoch that is not newer is refused, and the cursors of all lanes are shown: their proofs let a newer one start.
  private func refuses(
    _ machine: inout ReceiverMachine, _ number: Int64, _ lanes: [Lane: LaneState], now: Int64
  ) throws -> Int64 {
    let refused = machine.handle(.answer(start(try cursor(current, 24)), to: number), now: now)
    #expect(refused.first == .fault(.wrongEpoch))
    #expect(machine.handle(.timer, now: now) == [.storage(.readLanes(stream: .control))])
    let shown = try request(machine.handle(.lanes(lanes, quarantined: []), now: now))
    #expect(shown.claims == lanes.mapValues(\.cursor))
    return shown.number
  }

  @Test("and starts over in the epoch that their proof lets start")
  func startsOver() throws {
    let lanes = [Lane.priority: lane(try cursor(lost, 47)), .main: lane(try cursor(first, 20))]
    var machine = machine()
    _ = machine.handle(.start, now: 0)
    let asked = try request(machine.handle(.lanes(lanes, quarantined: []), now: 0))
    let cut = try request(
      machine.handle(.answer(batch(.main, at: try cursor(first, 20), epoch: current), to: asked.number), now: 0))
    #expect(cut.claims == [.priority: nil, .main: nil])
    let number = try refuses(&machine, cut.number, lanes, now: 0)
    let begin = try cursor(next, 24)
    _ = machine.handle(.answer(start(begin), to: number), now: 0)
    let over = try request(machine.handle(.reset, now: 0))
    #expect(over.claims == [.priority: begin, .main: begin])
  }

  @Test("of all lanes, however old its knowledge is")
  func showsAll() throws {
    let low = try cursor(first, 20)
    let high = try cursor(lost, 47)
    let lanes = [Lane.priority: lane(low), .main: lane(high)]
    var machine = machine()
    _ = machine.handle(.start, now: 0)
    var number = try request(machine.handle(.lanes(lanes, quarantined: []), now: 0)).number
    _ = machine.handle(.answer(batch(.priority, at: low, epoch: first), to: number), now: 0)
    number = try request(machine.handle(.applied(nacks: []), now: 0)).number
    _ = machine.handle(.answer(batch(.main, at: high, epoch: lost), to: number), now: 0)
    let urgent = try request(machine.handle(.applied(nacks: []), now: 10_000))
    #expect(urgent.claims == [.priority: low])
    let cut = try request(
      machine.handle(.answer(batch(.priority, at: low, epoch: current), to: urgent.number), now: 10_000))
    #expect(cut.claims == [.priority: nil, .main: nil])
    _ = try refuses(&machine, cut.number, lanes, now: 10_000)
  }
}
