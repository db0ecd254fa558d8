import NIOHTTP1
import Outbox
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("kill -9 at every named fault point", .serialized)
struct CrashTests {
  /// One archipelago for all points: each begins with what the crash before left, as in life.
  @Test("nothing is lost, duplicated or reordered when either silo dies at any fault point")
  func everyFaultPoint() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let owner = try await Person.signUp(islands)
      let organization = try await owner.createOrganization(region: "eu")
      var history = History(organization: organization)
      var struck: Set<String> = []
      for point in FaultPoint.allCases {
        for silo in [islands.control, eu] {
          try await islands.arm(silo, fault: "\(point.rawValue):kill")
          await history.work(as: owner, islands)
          if await islands.hasDied(silo) { struck.insert(point.rawValue) }
          try await islands.crashAndRestart(silo)
          try await history.check(islands, after: "\(point.rawValue) in \(silo.name)")
        }
      }
      let webhooks = FaultPoint.allCases.filter { $0.rawValue.hasPrefix("webhook.") }.map(\.rawValue)
      let missed = Set(FaultPoint.allCases.map(\.rawValue)).subtracting(struck).subtracting(webhooks)
      #expect(missed.isEmpty, "these points were never passed, so nothing was proven there: \(missed.sorted())")
    }
  }
}
