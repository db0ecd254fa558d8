import Silo
import Testing

@Suite("What is decided of a rollout")
struct RolloutDecisionTests {
  private static func region(
    _ number: Int, _ state: SyncState = .live, wasLive: Bool = true, given: Double? = 100, applied: Double? = 90,
    refusal: String? = nil, excused: Bool = false
  ) throws -> RolloutView.Region {
    RolloutView.Region(
      number: try #require(RegionNumber(number)), state: state, wasLive: wasLive, givenSeconds: given,
      appliedSeconds: applied, refusal: refusal, isExcused: excused)
  }

  private static func view(
    canary: [RolloutView.Region], broad: [RolloutView.Region] = [], broadHasIt: Bool = false, fresh: Bool = true,
    automatic: Bool = true
  ) throws -> RolloutView {
    RolloutView(
      stages: [
        .init(
          ring: try #require(RingName("canary")), soakSeconds: 60, watchSeconds: 600, isReleased: true, regions: canary),
        .init(
          ring: try #require(RingName("broad")), soakSeconds: 60, watchSeconds: 600, isReleased: broadHasIt,
          regions: broad),
      ], isSourceFresh: fresh, isAutomatic: automatic)
  }

  @Test("it goes on when every region that was live confirmed and the youngest soaked")
  func promotes() throws {
    #expect(try Self.view(canary: [Self.region(1), Self.region(2)]).decide() == .promote(1))
    #expect(
      try Self.view(canary: [Self.region(1), Self.region(2, applied: 50)]).decide() == .wait(.soaking(10)))
    let two = try #require(RegionNumber(2))
    #expect(
      try Self.view(canary: [Self.region(1), Self.region(2, applied: nil)]).decide() == .wait(.unconfirmed([two])))
    #expect(try Self.view(canary: [Self.region(1)], automatic: false).decide() == .wait(.operatorPromotes))
    #expect(
      try Self.view(canary: [Self.region(1)], broad: [Self.region(3)], broadHasIt: true).decide() == .complete)
  }

  @Test("a region that was away when it was given holds nobody up, but somebody must confirm")
  func away() throws {
    #expect(
      try Self.view(canary: [Self.region(1), Self.region(2, .stalled, wasLive: false, applied: nil)]).decide()
        == .promote(1))
    let two = try #require(RegionNumber(2))
    #expect(
      try Self.view(canary: [Self.region(2, .stalled, wasLive: false, applied: nil)]).decide()
        == .wait(.unconfirmed([two])))
    #expect(try Self.view(canary: [Self.region(2, .stalled, wasLive: false)]).decide() == .promote(1))
    // Nobody is there: a ring without agents proves nothing and holds nobody up.
    #expect(try Self.view(canary: []).decide() == .promote(1))
    #expect(try Self.view(canary: [Self.region(1, .joining, applied: nil)]).decide() == .promote(1))
  }

  @Test("a refusal halts whenever it comes, in whichever ring, unless it is excused")
  func refusals() throws {
    let one = try #require(RegionNumber(1))
    let halt = RolloutDecision.halt(RolloutFailure(region: one, cause: .refused("BAD_ROW")))
    #expect(try Self.view(canary: [Self.region(1, refusal: "BAD_ROW")]).decide() == halt)
    #expect(try Self.view(canary: [Self.region(1, given: 100_000, refusal: "BAD_ROW")], fresh: false).decide() == halt)
    #expect(
      try Self.view(canary: [Self.region(2)], broad: [Self.region(1, refusal: "BAD_ROW")], broadHasIt: true).decide()
        == halt)
    #expect(
      try Self.view(canary: [Self.region(2), Self.region(1, refusal: "BAD_ROW", excused: true)]).decide() == .promote(1)
    )
    // A ring that does not have the revision cannot refuse it.
    #expect(
      try Self.view(canary: [Self.region(2)], broad: [Self.region(1, refusal: "BAD_ROW")]).decide() == .promote(1))
  }

  @Test("a region that was live and fails while it is watched halts it", arguments: SyncState.allCases)
  func failures(state: SyncState) throws {
    let one = try #require(RegionNumber(1))
    let decision = try Self.view(canary: [Self.region(1, state), Self.region(2)]).decide()
    switch state {
    case .degraded, .stalled, .needsSnapshot:
      #expect(decision == .halt(RolloutFailure(region: one, cause: .failed(state))))
    case .joining, .live, .revoked: #expect(decision == .promote(1))
    }
    #expect(try Self.view(canary: [Self.region(1, state, given: 601), Self.region(2)]).decide() == .promote(1))
    #expect(try Self.view(canary: [Self.region(1, state, wasLive: false), Self.region(2)]).decide() == .promote(1))
    #expect(
      try Self.view(canary: [Self.region(1, state), Self.region(2)], fresh: false).decide() == .wait(.sourceStale))
  }

  @Test("names of rings and items are what they may be", arguments: ["Canary", "", "-a", "a_b", "über"])
  func names(text: String) {
    #expect(RingName(text) == nil)
    if text != "a_b" { #expect(GatedItem(kind: "feature_flag", name: text) == nil) }
    #expect(GatedItem(kind: "user", name: "a") == nil)
  }
}
