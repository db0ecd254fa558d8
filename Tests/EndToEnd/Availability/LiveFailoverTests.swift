import Testing

@testable import atoll

@Suite("A primary fails over under running processes", .serialized)
struct LiveFailoverTests {
  @Test(
    "control finds the promoted synchronous standby by its connection string and goes on without a restart; nothing is lost"
  )
  func control() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      var pair = try await FailoverPair.make(of: islands.control, islands)
      await history.work(as: owner, islands)
      try await history.check(islands, after: "two hosts")
      try await pair.failOver()
      for _ in 0..<2 { await history.work(as: owner, islands) }
      try await eventually("control takes writes again") {
        let organization = try await owner.requestOrganization(region: "eu")
        try await owner.waitUntilDone(organization)
        return true
      }
      try await history.check(islands, after: "control's primary failed over")
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
      await pair.stop()
    }
  }

  @Test("a region's agent does the same with its own database")
  func region() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      var pair = try await FailoverPair.make(of: eu, islands)
      await history.work(as: owner, islands)
      try await history.check(islands, after: "two hosts")
      try await pair.failOver()
      for _ in 0..<2 { await history.work(as: owner, islands) }
      try await history.check(islands, after: "eu's primary failed over")
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
      await pair.stop()
    }
  }
}
