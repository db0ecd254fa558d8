import Testing

@testable import atoll

/// `make soak`: control's primary is killed under load, its standby takes over, and a new standby is made of what died; again and again.
@Suite("Failovers", .serialized, .enabled(if: SoakRequest.failovers != nil, "runs in `make soak` only"))
struct FailoverSoakTests {
  /// Effects that are caused during each.
  private static let effects = 700

  @Test("nothing is lost, duplicated or reordered, and control is never restarted")
  func failovers() async throws {
    let wanted = SoakRequest.failovers ?? 0
    Console.note("soak: failovers: \(wanted), again with ATOLL_SEED=\(SoakRequest.seed)")
    try await Islands.run(regions: ["eu"]) { islands in
      var campaign = try await SoakCampaign.begin(islands)
      var pair = try await FailoverPair.make(of: islands.control, islands)
      do {
        let process = try #require(islands.archipelago.process(of: islands.control)?.processID)
        for number in 1...wanted {
          try await campaign.round(Self.effects) {
            try await pair.failOver()
            return "failover \(number)"
          } mend: {
            try await pair.renew()
          }
          if number % 5 == 0 { Console.note("soak: failovers: \(number) of \(wanted)") }
        }
        let seen = try await campaign.finish(min(SoakRequest.effects, Self.effects * wanted))
        #expect(islands.archipelago.process(of: islands.control)?.processID == process)
        for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
        Console.note("soak: failovers: done: \(wanted) primaries killed and followed; \(seen)")
      } catch {
        await pair.stop()
        throw error
      }
      await pair.stop()
    }
  }
}
