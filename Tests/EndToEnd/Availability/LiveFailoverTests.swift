import AsyncHTTPClient
import NIOCore
import Postgres
import Testing

@testable import atoll

@Suite("A primary fails over under running processes", .serialized)
struct LiveFailoverTests {
  @Test(
    "control finds the promoted synchronous standby by its connection string and goes on without a restart; nothing is lost, and the doorbell listens there"
  )
  func control() async throws {
    try await Islands.run(regions: ["eu"], configure: { $0.databaseSettings["wal_level"] = "logical" }) { islands in
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      try await islands.withSuperuser(of: islands.control) {
        try await $0.execute("ALTER ROLE control_service REPLICATION")
      }
      var pair = try await FailoverPair.make(
        of: islands.control, islands, variables: ["ATOLL_DOORBELL": "decoding"])
      try await Self.expectListening(islands)
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
      try await Self.expectListening(islands)
      let log = String(decoding: try SecretFile.bytes(at: islands.control.log, maximumBytes: 1 << 24), as: UTF8.self)
      #expect(log.contains("decoded commits do not wake the sequencer, the poll does"), "the loss is in the log")
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
      await pair.stop()
    }
  }

  /// The gauge says so, and the primary of now has the one slot.
  private static func expectListening(_ islands: Islands) async throws {
    let address = try #require(ListenAddress(islands.layout.address(of: islands.control)))
    let metrics = "http://127.0.0.1:\(address.port + 1000)/metrics"
    try await eventually("control listens to decoded commits") {
      let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: metrics), timeout: .seconds(10))
      let lines = String(buffer: try await answer.body.collect(upTo: 8 << 20)).split(separator: "\n")
      guard lines.contains(where: { $0.hasPrefix("atoll_doorbell_listening") && $0.hasSuffix(" 1") }) else {
        return false
      }
      return try await islands.count(
        in: islands.control, "SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE 'atoll\\_doorbell\\_%'")
        == 1
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
