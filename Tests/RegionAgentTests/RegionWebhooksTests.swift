import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Outbox
import Postgres
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

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

  @Test("tell an application of a user that arrived, signed with its secret")
  func delivers() async throws {
    let inbox = Inbox()
    let router = Router<WebContext>.withProblems()
    router.post("/hook") { request, _ in
      _ = try await request.bytes(limit: 65_536)
      inbox.received.withLock { $0.append(request.headers) }
      return Response(status: .noContent)
    }
    let application = WebServer(router: router, address: WebServer.Address(port: 0), logger: FakeControl.logger)
    try await RegionFixture.with { region in
      let secret = try #require(SecretKey.generate()?.key)
      let source = try UserStream()
      let applier = Applier(
        client: region.client, stream: .control, audience: try #require(SiloNumber(7)), registry: RegionKinds.registry,
        logger: FakeControl.logger
      ) { request, _ in try source.answer(request) }
      let dispatcher = WebhookDispatcher(
        client: region.client, registry: RegionKinds.registry, box: RegionWebhooks.box(secret), http: .shared,
        applied: applier.applied, logger: FakeControl.logger)
      try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
          do { try await application.run() } catch is CancellationError {}
          return false
        }
        let url = "http://127.0.0.1:\(await application.boundPort)/hook"
        let webhooks = RegionWebhooks(database: region.database, secretKey: secret)
        _ = try await webhooks.add(url: url, kinds: ["user"])
        group.addTask {
          try await applier.run()
          return false
        }
        group.addTask {
          try await dispatcher.run()
          return false
        }
        group.addTask {
          let never = Doorbell()
          let end = ContinuousClock.now + .seconds(20)
          while ContinuousClock.now < end, inbox.received.withLock({ $0.isEmpty }) {
            _ = await never.wait(beyond: never.rings, limit: .milliseconds(20))
          }
          return true
        }
        while let isDone = try await group.next(), !isDone {}
        group.cancelAll()
      }
    }
    let headers = try #require(inbox.received.withLock { $0.first })
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
      #expect(headers[try #require(HTTPField.Name(name))] != nil, "\(name) is missing")
    }
  }
}

/// What an application was told.
private final class Inbox: Sendable {
  let received = Mutex<[HTTPFields]>([])
}

/// A stream of control with one user in it.
private struct UserStream: Sendable {
  private let epoch: Epoch
  private let end: ChainHash
  private let first: Position
  private let audience: SiloNumber
  private let key: RowKey

  init() throws {
    epoch = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
    end = try #require(ChainHash(bytes: [UInt8](repeating: 1, count: 32)))
    first = try #require(Position(1))
    audience = try #require(SiloNumber(7))
    key = try #require(RowKey(UserID.new().description))
  }

  func answer(_ request: SyncRequest) throws -> SyncAnswer {
    guard let cursor = request.claims.first(where: { $0.lane == .main })?.cursor else {
      let start = Cursor(epoch: epoch, position: .zero, chain: .origin)
      let body = Resynchronization(start: start, token: 5, reason: .firstContact)
      let isNew = request.claims.contains { $0.cursor == nil }
      return SyncAnswer(body: isNew ? .resynchronize(body) : .retry(after: 10), held: 0, age: 0)
    }
    guard cursor.position == .zero else { return SyncAnswer(body: .retry(after: 50), held: 0, age: 0) }
    let row = RowImage(
      row: RowReference(kind: ReplicatedModels.user.kind, key: key),
      version: RowVersion(generation: 0, epoch: 1, head: first),
      fields: [RowImage.Field(name: "email", value: nil), RowImage.Field(name: "name", value: "Ada")])
    let batch = Batch(
      stream: .control, audience: audience, lane: .main, epoch: epoch, from: .zero, to: first, chainBefore: .origin,
      chainAfter: end, consistentAt: first, head: first, completeAsOf: 0, completeSnapshot: .empty, rows: [row])
    return SyncAnswer(body: .batch(batch), held: 0, age: 0)
  }
}
