import Postgres
import NIOHTTP1
import Outbox
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("kill -9 at every named fault point", .serialized)
struct CrashTests {
  /// One archipelago for all points: each begins with what the crash before left, as in life.
  @Test(
    "nothing is lost, duplicated or reordered when either silo dies at any fault point, and every application is told")
  func everyFaultPoint() async throws {
    try await RequestSink.with { sink in
      try await Islands.run(regions: ["eu"]) { try await Self.everyFaultPoint($0, sink) }
    }
  }

  private static func everyFaultPoint(_ islands: Islands, _ sink: RequestSink) async throws {
    let eu = try islands.region("eu")
    let owner = try await Person.signUp(islands)
    let organization = try await owner.createOrganization(region: "eu")
    try await addWebhook("http://127.0.0.1:\(sink.port)/told", islands)
    var history = History(organization: organization)
    var struck: Set<String> = []
    for point in FaultPoint.allCases {
      for silo in [islands.control, eu] where point.isPassed(in: silo) {
        try await islands.arm(silo, fault: "\(point.rawValue):kill")
        if point.rawValue.hasPrefix("snapshot.") { try await islands.startOver() }
        await history.work(as: owner, islands)
        if await islands.hasDied(silo) { struck.insert(point.rawValue) }
        try await islands.crashAndRestart(silo)
        try await history.check(islands, after: "\(point.rawValue) in \(silo.name)")
      }
    }
    let missed = Set(FaultPoint.allCases.map(\.rawValue)).subtracting(struck)
    #expect(missed.isEmpty, "these points were never passed, so nothing was proven there: \(missed.sorted())")
    try await expectTold(history, sink)
  }

  private static func addWebhook(_ url: String, _ islands: Islands) async throws {
    let eu = try islands.region("eu")
    let shell = try Shell(islands)
    _ = try await shell.succeed(
      ["webhook", "add", url, "--data", eu.keys, "--database-file", eu.connectionFile(.service)])
  }

  /// At least once of every organization that came, with ids that mean the same each time.
  private static func expectTold(_ history: History, _ sink: RequestSink) async throws {
    #expect(!history.organizations.isEmpty)
    for organization in history.organizations {
      try await eventually("the application is told of \(organization.slug)") {
        sink.received.contains { $0.body.contains(organization.id) }
      }
    }
    var bodies: [String: String] = [:]
    for request in sink.received {
      let id = try #require(request.header("webhook-id"))
      #expect(request.header("webhook-signature") != nil)
      let entity = JSONReader(try JSONParser.parse(Array(request.body.utf8)))
      let key = "\(try entity.field("type").string())"
      #expect(bodies[id] ?? key == key, "the id \(id) names one version of one row")
      bodies[id] = key
    }
  }
}
