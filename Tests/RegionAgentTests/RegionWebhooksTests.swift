import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Webhooks of a region")
struct RegionWebhooksTests {
  @Test("are added with a secret that is shown once and sealed, listed, replayed and removed")
  func endpoints() async throws {
    try await RegionFixture.with { region in
      let secret = try #require(SecretKey.generate()?.key)
      let webhooks = RegionWebhooks(database: region.database, secretKey: secret)
      let (id, text) = try await webhooks.add(url: "http://127.0.0.1:9/hook", kinds: ["user"])
      #expect(WebhookSecret(text: text) != nil)
      let stored = try await region.client.query("SELECT w::text FROM outbox.webhook AS w").only().decode(String.self)
      #expect(!stored.contains(text))
      #expect(try await webhooks.list().map(\.id) == [id])
      #expect(try await webhooks.replay(id) == 0)
      #expect(try await webhooks.remove(id))
      #expect(try await !webhooks.remove(id))
    }
  }

  @Test("carry the replica's columns as the application may see them")
  func payload() async throws {
    try await RegionFixture.with { region in
      let user = try await region.receiveUser()
      let key = try #require(RowKey(user.description))
      let sink = try #require(RegionKinds.registry.sinks[ReplicatedModels.user.kind])
      let rows = try await region.client.withConnection { try await sink.current([key], on: $0) }
      #expect(rows[key]?.fields?.map(\.name) == ["email", "id", "name"])
    }
  }
}
