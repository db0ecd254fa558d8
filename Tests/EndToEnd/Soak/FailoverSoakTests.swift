import Testing

@testable import atoll

/// `make soak`: a primary is killed under load, its standby takes over, and a new standby is made of what died; again and again. Control's three times, then
/// the region's, under both of its agents.
@Suite("Failovers", .serialized, .enabled(if: SoakRequest.failovers != nil, "runs in `make soak` only"))
struct FailoverSoakTests {
  /// Effects that are caused during each.
  private static let effects = 700
  /// Every so manieth strikes the region.
  private static let regional = 4

  @Test("nothing is lost, duplicated or reordered, and no process is restarted")
  func failovers() async throws {
    let wanted = SoakRequest.failovers ?? 0
    Console.note("soak: failovers: \(wanted), again with ATOLL_SEED=\(SoakRequest.seed)")
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      var campaign = try await SoakCampaign.begin(islands)
      var stage = try await Stage.make(eu, islands)
      do {
        let processes = try islands.layout.folders.map {
          try #require(islands.archipelago.process(of: $0)?.processID)
        }
        for number in 1...wanted {
          let isRegional = number.isMultiple(of: Self.regional)
          try await campaign.round(Self.effects) {
            try await stage.failOver(isRegional)
            return "failover \(number) of \(isRegional ? "eu" : "control")"
          } mend: {
            try await stage.renew(isRegional)
          }
          if number % 5 == 0 { Console.note("soak: failovers: \(number) of \(wanted)") }
        }
        let seen = try await campaign.finish(min(SoakRequest.effects, Self.effects * wanted))
        #expect(processes == islands.layout.folders.map { islands.archipelago.process(of: $0)?.processID })
        for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
        #expect(stage.second.end == nil)
        Console.note(
          """
          soak: failovers: done: \(wanted) primaries killed and followed, \(wanted - wanted / Self.regional) of control and \
          \(wanted / Self.regional) of a region with two agents; \(seen)
          """)
      } catch {
        await stage.stop()
        throw error
      }
      await stage.stop()
    }
  }

  /// Both silos with a primary and a standby each, and the region's second agent.
  private struct Stage {
    private var control: FailoverPair
    private var region: FailoverPair
    let second: ChildProcess

    static func make(_ eu: SiloFolder, _ islands: Islands) async throws -> Stage {
      let control = try await FailoverPair.make(of: islands.control, islands)
      do {
        let region = try await FailoverPair.make(of: eu, islands)
        do {
          let second = try await SecondAgent.join(eu, islands).serve(islands)
          return Stage(control: control, region: region, second: second)
        } catch {
          await region.stop()
          throw error
        }
      } catch {
        await control.stop()
        throw error
      }
    }

    mutating func failOver(_ isRegional: Bool) async throws {
      if isRegional { try await region.failOver() } else { try await control.failOver() }
    }

    mutating func renew(_ isRegional: Bool) async throws {
      if isRegional { try await region.renew() } else { try await control.renew() }
    }

    func stop() async {
      await second.stop()
      await region.stop()
      await control.stop()
    }
  }
}
