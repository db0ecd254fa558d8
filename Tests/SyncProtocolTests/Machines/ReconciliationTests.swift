import SyncProtocol
import Testing

@Suite struct ReconciliationTests {
  private static let eu = SiloNumber(1) ?? .control
  private static let us = SiloNumber(2) ?? .control

  private func expect(
    _ state: inout Reconciliation, _ input: Reconciliation.Input, _ effects: [Reconciliation.Effect],
    at location: SourceLocation = #_sourceLocation
  ) {
    let said = state.handle(input)
    #expect(said == effects, sourceLocation: location)
  }

  private func begun(loss: Bool) -> Reconciliation {
    var state = Reconciliation()
    _ = state.handle(.epochStarted(isLossKnown: loss, active: [Self.eu, Self.us]))
    return state
  }

  @Test("a failover that lost nothing opens by itself when every region has shown its cursors")
  func clean() {
    var state = begun(loss: false)
    #expect(state.phase == .verifying && !state.mayGrant)
    expect(&state, .verdict(Self.eu, .survived), [])
    #expect(state.mayGrant(at: Self.eu) && !state.mayGrant(at: Self.us))
    expect(&state, .verdict(Self.us, .survived), [.opened])
    #expect(state.mayGrant)
  }

  @Test("a proof of loss ends credentials once and waits for the receipts")
  func loss() {
    var state = begun(loss: false)
    expect(&state, .verdict(Self.eu, .lost), [.endCredentials])
    expect(&state, .verdict(Self.eu, .lost), [])
    #expect(state.phase == .reconciling && state.awaits(Self.eu))
    expect(&state, .returned(Self.eu, differences: 3), [])
    expect(&state, .verdict(Self.us, .unknown), [])
    expect(&state, .returned(Self.us, differences: 0), [.opened])
  }

  @Test("receipts that tell something new prove a loss that cursors did not")
  func lossByReceipts() {
    var state = begun(loss: false)
    expect(&state, .returned(Self.eu, differences: 1), [.endCredentials])
    #expect(state.phase == .reconciling)
  }

  @Test("an operator releases one region or all; a released one is still asked when it comes late")
  func releases() {
    var state = begun(loss: true)
    expect(&state, .released(Self.eu), [])
    #expect(state.awaited == [Self.us])
    expect(&state, .finished, [.opened])
    #expect(state.wantsReceipts(of: Self.eu, after: .lost))
    #expect(!state.wantsReceipts(of: Self.eu, after: .survived))
    expect(&state, .returned(Self.eu, differences: 5), [])
    #expect(!state.wantsReceipts(of: Self.eu, after: .lost))
  }

  @Test(
    "a second epoch during a reconciliation starts it over and forgets no loss; without regions there is nothing to wait for"
  )
  func again() {
    var state = begun(loss: true)
    _ = state.handle(.returned(Self.eu, differences: 0))
    _ = state.handle(.epochStarted(isLossKnown: false, active: [Self.eu]))
    #expect(state.phase == .reconciling && state.awaits(Self.eu))
    var alone = Reconciliation()
    expect(&alone, .epochStarted(isLossKnown: true, active: []), [.endCredentials, .opened])
  }

  @Test("only our own seal proves a loss")
  func verdicts() throws {
    let epoch = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
    let fork = try #require(Position(10))
    func claim(_ position: Int64, isProven: Bool) -> CursorClaim {
      let cursor = Position(position).map { Cursor(epoch: epoch, position: $0, chain: .origin) }
      return CursorClaim(lane: .main, cursor: cursor, seen: fork, isProven: isProven)
    }
    func verdict(_ reason: SyncRefusal, _ claim: CursorClaim) -> ForkVerdict {
      let start = Resynchronization(
        start: Cursor(epoch: epoch, position: fork, chain: .origin), token: 1, reason: reason)
      return ForkVerdict(.resynchronize(start), to: [claim], fork: fork)
    }
    #expect(verdict(.beyondFork, claim(11, isProven: true)) == .lost)
    #expect(verdict(.beyondFork, claim(11, isProven: false)) == .unknown)
    #expect(verdict(.beyondFork, claim(10, isProven: true)) == .unknown, "only read beyond it")
    #expect(verdict(.epochUnknown, claim(3, isProven: true)) == .lost)
    #expect(verdict(.firstContact, claim(3, isProven: true)) == .unknown)
    #expect(ForkVerdict(.retry(after: 1), to: [claim(1, isProven: true)], fork: fork) == .unknown)
  }
}
