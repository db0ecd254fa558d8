import Testing

@testable import SyncProtocol

@Suite("A sequencer starts the epoch that it owes")
struct SequencerEpochTests {
  private func state(epoch ordinal: Int32) throws -> LogState {
    let epoch = try #require(Epoch(ordinal: ordinal, id: String(repeating: "\(ordinal)", count: 32)))
    var state = LogState(epoch: epoch)
    state.fence = 7
    return state
  }

  private func starts(_ effects: [SequencerMachine.Effect]) -> Bool {
    effects.contains {
      if case .storage(.startEpoch(7, 2)) = $0 { true } else { false }
    }
  }

  /// A machine that leads a log whose database is another than it was.
  private func leader() throws -> SequencerMachine {
    var machine = SequencerMachine(seed: 1)
    _ = machine.handle(.start, now: 0)
    #expect(starts(machine.handle(.led(try state(epoch: 1), identityChanged: true), now: 0)))
    return machine
  }

  @Test("also when its start failed, or when nobody knows whether it did")
  func again() throws {
    for trouble in [SequencerMachine.Input.failed(.contention), .failed(.unavailable), .outcomeUnknown] {
      var machine = try leader()
      if machine.handle(trouble, now: 1) != [.storage(.readState)] { _ = machine.handle(.timer, now: 1000) }
      #expect(starts(machine.handle(.stateRead(try state(epoch: 1)), now: 1000)), "\(trouble)")
      let next = machine.handle(.epochStarted(try state(epoch: 2)), now: 1001)
      #expect(!starts(next) && next != [])
    }
  }

  @Test("but not a second one when the first was committed after all")
  func once() throws {
    var machine = try leader()
    _ = machine.handle(.outcomeUnknown, now: 1)
    #expect(!starts(machine.handle(.stateRead(try state(epoch: 2)), now: 2)))
  }
}
