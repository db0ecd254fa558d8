import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("Outages that heal by themselves", .serialized)
struct OutageTests {
  @Test("an organization asked for while its region is down is provisioned when the region is back")
  func regionDown() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let eu = try islands.region("eu")
      let ann = try await Person.signUp(islands)
      await islands.archipelago.process(of: eu)?.crash()
      let organization = try await ann.requestOrganization(region: "eu")
      let operation = try await ann.session.call(.GET, "/api/v1/operations/\(organization.operation)")
      #expect(try (operation.optional("operation") ?? operation).field("state").string() == "provisioning")
      try await islands.archipelago.start(eu)
      try await ann.waitUntilDone(organization)
      _ = try await ann.enter(organization)
    }
  }

  @Test("control killed between reservation and confirmation finishes the operation after its restart")
  func controlKilled() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let ann = try await Person.signUp(islands)
      try await islands.arm(islands.control, fault: "operation.before_confirm:kill")
      let organization = try await ann.requestOrganization(region: "eu", key: "once")
      try await eventually("control died before it confirmed") {
        islands.archipelago.process(of: islands.control)?.end == "signal 9"
      }
      try await islands.archipelago.start(islands.control)
      try await ann.waitUntilDone(organization)
      let again = try await ann.requestOrganization(slug: organization.slug, region: "eu", key: "once")
      #expect(again.id == organization.id, "the same idempotency key finds the same operation")
    }
  }

  @Test("a restarted database is found again by control and region without a restart of theirs")
  func databaseRestart() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let ann = try await Person.signUp(islands)
      let first = try await ann.createOrganization(region: "eu")
      for folder in islands.layout.folders {
        await islands.archipelago.server(of: folder)?.crash()
        try await islands.archipelago.startDatabase(folder)
      }
      let second = try await eventually("control takes writes again") {
        try await ann.requestOrganization(region: "eu")
      }
      try await ann.waitUntilDone(second)
      _ = try await ann.enter(first)
      for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
    }
  }

  @Test("an unreachable database is answered with 503 and a problem document, and heals")
  func databaseUnreachable() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let ann = try await Person.signUp(islands)
      await islands.archipelago.server(of: islands.control)?.stop()
      let answer = try await ann.session.send(.GET, "/api/v1/organizations")
      #expect(answer.status == 503)
      #expect(try !answer.reader.field("type").string().isEmpty)
      try await islands.archipelago.startDatabase(islands.control)
      let organization = try await eventually("control takes writes again") {
        try await ann.requestOrganization(region: "eu")
      }
      try await ann.waitUntilDone(organization)
    }
  }
}
