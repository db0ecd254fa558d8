import AsyncHTTPClient
import Crypto
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
@testable import Outbox
import Postgres
import Synchronization
import SyncProtocol
import Testing

/// What one request brought.
struct ReceivedWebhook: Sendable {
  let id: String
  let timestamp: Int64
  let signature: String
  let body: [UInt8]
}

/// An application that receives webhooks and answers with the next of some statuses, then 204.
final class WebhookReceiver: Sendable {
  private let statuses: Mutex<[Int]>
  private let received = Mutex<[ReceivedWebhook]>([])

  init(statuses: [Int] = []) { self.statuses = Mutex(statuses) }

  var requests: [ReceivedWebhook] { received.withLock { $0 } }

  /// Serves on a free port of the loopback while `body` runs.
  func serve(_ body: @Sendable @escaping (_ url: String) async throws -> Void) async throws {
    let router = Router()
    router.post("hook") { request, _ in
      let buffer = try await request.body.collect(upTo: 1 << 20)
      func header(_ name: String) -> String { HTTPField.Name(name).flatMap { request.headers[$0] } ?? "" }
      let webhook = ReceivedWebhook(
        id: header("webhook-id"), timestamp: Int64(header("webhook-timestamp")) ?? 0,
        signature: header("webhook-signature"), body: Array(buffer.readableBytesView))
      self.received.withLock { $0.append(webhook) }
      let status = self.statuses.withLock { $0.isEmpty ? 204 : $0.removeFirst() }
      return Response(status: .init(code: status))
    }
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
      logger: Logger(label: "test.webhook"))
    try await withThrowingTaskGroup { group in
      group.addTask { try await application.run() }
      var iterator = ports.makeAsyncIterator()
      let bound = try #require(await iterator.next())
      try await body("http://127.0.0.1:\(bound)/hook")
      group.cancelAll()
    }
  }
}

@Suite("Applications are told of applied changes by webhook")
struct WebhookTests {
  private func withDispatcher(
    _ receiver: WebhookReceiver, policy: WebhookPolicy = WebhookPolicy(firstRetry: .zero, attempts: 3),
    _ body: @Sendable @escaping (Pair, WebhookDispatcher, _ endpoint: UUID, WebhookSecret) async throws -> Void
  ) async throws {
    try await Pair.with { pair in
      try await receiver.serve { url in
        let box = WebhookSecretBox(key: SymmetricKey(size: .bits256))
        let secret = WebhookSecret()
        let endpoint = try await pair.replica.withConnection { connection in
          try await WebhookStore(box: box).add(url: url, kinds: ["item"], secret: secret, on: connection)
        }
        let http = HTTPClient(configuration: WebhookDispatcher.configuration)
        let dispatcher = WebhookDispatcher(
          client: pair.replica, registry: pair.sinks, box: box, http: http, applied: Doorbell(), policy: policy,
          logger: pair.logger)
        do {
          try await body(pair, dispatcher, endpoint, secret)
        } catch {
          try await http.shutdown()
          throw error
        }
        try await http.shutdown()
      }
    }
  }

  @Test("a changed row arrives signed, with an id that repeats with its version and not otherwise")
  func signed() async throws {
    let receiver = WebhookReceiver()
    try await withDispatcher(receiver) { pair, dispatcher, _, secret in
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'one')")
      try await pair.settle()
      try await dispatcher.dispatch()
      let request = try #require(receiver.requests.first)
      let isSigned = WebhookSignature.verify(
        header: request.signature, id: request.id, timestamp: request.timestamp, body: request.body, secret: secret.key)
      #expect(isSigned)
      #expect(
        !WebhookSignature.verify(
          header: request.signature, id: request.id, timestamp: request.timestamp, body: request.body + [0x20],
          secret: secret.key))
      #expect(String(decoding: request.body, as: UTF8.self).contains("\"type\":\"item.changed\""))
      #expect(!request.id.contains("."))
      try await pair.source.execute("UPDATE app.item SET n = 2")
      try await pair.settle()
      try await dispatcher.dispatch()
      try await pair.source.execute("DELETE FROM app.item")
      try await pair.settle()
      try await dispatcher.dispatch()
      #expect(Set(receiver.requests.map(\.id)).count == 3)
      #expect(String(decoding: try #require(receiver.requests.last).body, as: UTF8.self).contains("item.removed"))
      let left = try await dispatcher.dispatch()
      #expect(left == 0)
    }
  }

  @Test("a failed delivery is tried again with the same id, then is dead, and a replay delivers it")
  func retries() async throws {
    let receiver = WebhookReceiver(statuses: [500, 302, 503])
    try await withDispatcher(receiver) { pair, dispatcher, endpoint, _ in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.settle()
      for _ in 0..<5 { try await dispatcher.dispatch() }
      #expect(receiver.requests.count == 3)
      #expect(Set(receiver.requests.map(\.id)).count == 1)
      let store = WebhookStore(box: WebhookSecretBox(key: SymmetricKey(size: .bits256)))
      let dead = try await pair.replica.withConnection { try await store.list(on: $0) }
      #expect(dead.map(\.dead) == [1])
      let replayed = try await pair.replica.withConnection { try await store.replay(endpoint, on: $0) }
      #expect(replayed == 1)
      try await dispatcher.dispatch()
      #expect(receiver.requests.count == 4)
      let done = try await pair.replica.withConnection { try await store.list(on: $0) }
      #expect(done.map { $0.dead + $0.waiting } == [0])
    }
  }

  @Test("while a delivery is leased, a newer version of the entity waits for it")
  func ordered() async throws {
    let receiver = WebhookReceiver()
    try await withDispatcher(receiver) { pair, dispatcher, _, _ in
      try await pair.source.execute("INSERT INTO app.item (id, n) VALUES (gen_random_uuid(), 1)")
      try await pair.settle()
      let queue = WebhookQueueStore(
        registry: pair.sinks, box: WebhookSecretBox(key: SymmetricKey(size: .bits256)), policy: WebhookPolicy())
      let leased = try await pair.replica.withTransaction { try await queue.lease(limit: 10, on: $0) }
      #expect(leased.count == 1)
      try await pair.source.execute("UPDATE app.item SET n = 2")
      try await pair.settle()
      let overtaken = try await dispatcher.dispatch()
      #expect(overtaken == 0)
      try await pair.replica.withConnection { connection in
        try await queue.record(try #require(leased.first), status: 200, jitter: 0, on: connection)
      }
      let released = try await dispatcher.dispatch()
      #expect(released == 1)
      #expect(String(decoding: try #require(receiver.requests.last).body, as: UTF8.self).contains("\"n\":\"2\""))
    }
  }

  @Test("an endpoint that answers 410 is told nothing more")
  func gone() async throws {
    let receiver = WebhookReceiver(statuses: [410])
    try await withDispatcher(receiver) { pair, dispatcher, _, _ in
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.settle()
      for _ in 0..<3 { try await dispatcher.dispatch() }
      #expect(receiver.requests.count == 1)
    }
  }

  @Test("a secret cannot be opened in another row, and is not in the database")
  func sealing() async throws {
    let box = WebhookSecretBox(key: SymmetricKey(size: .bits256))
    let secret = WebhookSecret()
    let row = UUID()
    let sealed = try box.seal(secret, row: row)
    #expect(try box.open(sealed, row: row).text == secret.text)
    #expect(throws: WebhookSecretBox.Unopenable.self) { try box.open(sealed, row: UUID()) }
    #expect("\(secret)" == "whsec_…")
    #expect(WebhookSecret(text: secret.text)?.text == secret.text)
    #expect(WebhookSecret(text: "whsec_short") == nil)
  }

  @Test("the signature equals the one of the Standard Webhooks specification's libraries")
  func vector() throws {
    // Secret, id, timestamp and body of the reference implementations' tests.
    let secret = try #require(WebhookSecret(text: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let header = WebhookSignature.header(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array("{\"test\": 2432232314}".utf8),
      secrets: [secret.key])
    #expect(header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }
}
