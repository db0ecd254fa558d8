import Testing

@testable import SyncProtocol

@Suite("A sequencer looks for what was announced, and opens the tick at once")
struct SequencerLookTests {
  /// A machine that leads, has seen that there is nothing to do, and waits.
  private func resting(listens: Bool) throws -> SequencerMachine {
    var state = LogState(epoch: try #require(Epoch(ordinal: 1, id: String(repeating: "1", count: 32))))
    state.fence = 7
    var machine = SequencerMachine(pace: SequencerPace(heartbeat: 3_600_000), seed: 1)
    _ = machine.handle(.start, now: 0)
    _ = machine.handle(.led(state, identityChanged: false), now: 0)
    _ = machine.handle(.tickOpened(view(of: state)), now: 0)
    _ = machine.handle(.tickCommitted, now: 0)
    _ = machine.handle(.listening(listens), now: 0)
    #expect(waits(machine.handle(.polled(hasWork: false), now: 0)))
    return machine
  }

  private func view(of state: LogState) -> TickView {
    TickView(
      state: state, snapshot: TransactionSnapshot(minimum: 10, maximum: 10, running: []), lastSequence: 0,
      transaction: 10, startedAt: 0, window: [], isFull: false)
  }

  private func waits(_ effects: [SequencerMachine.Effect]) -> Bool {
    effects.contains {
      if case .wait = $0 { true } else { false }
    }
  }

  private func looks(_ effects: [SequencerMachine.Effect]) -> Bool {
    effects.contains {
      if case .storage(.openTickIfWork(7, _, _)) = $0 { true } else { false }
    }
  }

  private func polls(_ effects: [SequencerMachine.Effect]) -> Bool {
    effects.contains {
      if case .storage(.poll) = $0 { true } else { false }
    }
  }

  @Test("a decoded commit opens the tick without a poll before it")
  func decoded() throws {
    var machine = try resting(listens: true)
    #expect(looks(machine.handle(.doorbell, now: 10)))
    let state = try #require(machine.state)
    let effects = machine.handle(.tickOpened(view(of: state)), now: 11)
    guard case .storage(.commitTick)? = effects.first else {
      Issue.record("the tick is not committed: \(effects)")
      return
    }
    #expect(machine.handle(.tickCommitted, now: 12).first == .serve(state.head))
  }

  @Test("readers of a tick go first; what commits meanwhile is looked for a moment later, or at once when it rings")
  func breathes() throws {
    for listens in [false, true] {
      var machine = try resting(listens: listens)
      _ = machine.handle(.doorbell, now: 10)
      if !listens { _ = machine.handle(.polled(hasWork: true), now: 10) }
      let before = try #require(machine.state)
      let row = RowReference(kind: try #require(Kind("item")), key: try #require(RowKey("1")))
      let pointer = Pointer(sequence: 1, transaction: 9, row: row)
      _ = machine.handle(
        .tickOpened(
          TickView(
            state: before, snapshot: TransactionSnapshot(minimum: 10, maximum: 10, running: []), lastSequence: 1,
            transaction: 10, startedAt: 0, window: [.init(pointer: pointer, receivers: .all)], isFull: false)), now: 11)
      let after = machine.handle(.tickCommitted, now: 12)
      #expect(after.count == 2 && after.last == .wait(listens ? 4 : 1))
      var rung = machine
      #expect(polls(machine.handle(.timer, now: 13)))
      let rang = rung.handle(.doorbell, now: 12)
      #expect(listens ? looks(rang) : polls(rang))
    }
  }

  @Test("one that was decoded before others see it is looked for again soon, by the poll")
  func early() throws {
    var machine = try resting(listens: true)
    #expect(looks(machine.handle(.doorbell, now: 10)))
    #expect(machine.handle(.polled(hasWork: false), now: 11) == [.wait(1)])
    #expect(polls(machine.handle(.timer, now: 12)))
  }

  @Test("one that is announced while a look is under way causes another")
  func again() throws {
    var machine = try resting(listens: true)
    #expect(looks(machine.handle(.doorbell, now: 10)))
    #expect(machine.handle(.doorbell, now: 10) == [])
    #expect(looks(machine.handle(.polled(hasWork: false), now: 11)))
  }

  @Test("a ring of somebody who may have committed nothing is only polled for")
  func rung() throws {
    var machine = try resting(listens: false)
    #expect(polls(machine.handle(.doorbell, now: 10)))
  }

  @Test("a look that fails is waited for and begun anew by reading the state")
  func fails() throws {
    var machine = try resting(listens: true)
    #expect(looks(machine.handle(.doorbell, now: 10)))
    #expect(waits(machine.handle(.failed(.unavailable), now: 11)))
    #expect(machine.handle(.timer, now: 5000) == [.storage(.readState)])
  }
}
