public import AsyncHTTPClient
internal import FoundationEssentials
public import Logging
internal import NIOCore
internal import NIOHTTP1
public import Postgres
public import ServiceLifecycle
internal import SyncProtocol

/// Tells applications of applied changes: Standard Webhooks, ordered per entity, retried with backoff, dead letters kept for replay.
///
/// At least once: an application recognises a repetition by `webhook-id`. Several dispatchers may run; a delivery is leased by one.
public final class WebhookDispatcher: Sendable, Service {
  private let queue: WebhookQueueStore
  private let client: PostgresClient
  private let http: @Sendable (_ url: String) throws -> HTTPClient
  private let policy: WebhookPolicy
  private let applied: Doorbell
  private let observer: OutboxObserver
  private let logger: Logger

  /// - Parameters:
  ///   - http: must not follow redirects; see ``configuration``.
  ///   - applied: rung by the ``Applier``.
  public convenience init(
    client: PostgresClient, registry: KindRegistry, box: WebhookSecretBox, http: HTTPClient, applied: Doorbell,
    policy: WebhookPolicy = WebhookPolicy(), observer: OutboxObserver = .none, logger: Logger
  ) {
    self.init(
      client: client, registry: registry, box: box, clients: { _ in http }, applied: applied, policy: policy,
      observer: observer, logger: logger)
  }

  /// - Parameters:
  ///   - clients: the client that calls a URL. None may follow redirects. A client of its own for each host can see to the host's certificate.
  ///   - applied: rung by the ``Applier``.
  public init(
    client: PostgresClient, registry: KindRegistry, box: WebhookSecretBox,
    clients: @escaping @Sendable (_ url: String) throws -> HTTPClient, applied: Doorbell,
    policy: WebhookPolicy = WebhookPolicy(), observer: OutboxObserver = .none, logger: Logger
  ) {
    queue = WebhookQueueStore(registry: registry, box: box, policy: policy)
    self.client = client
    http = clients
    self.policy = policy
    self.applied = applied
    self.observer = observer
    self.logger = logger
  }

  /// No redirects: an endpoint must not send signed data elsewhere.
  public static var configuration: HTTPClient.Configuration {
    HTTPClient.Configuration(redirectConfiguration: .disallow)
  }

  /// Between the beginnings of two looks at least.
  private static let spacing = Duration.milliseconds(20)

  public func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        let rings = self.applied.rings
        let started = ContinuousClock.now
        do {
          if try await self.dispatch() > 0 { continue }
        } catch is CancellationError {
          return
        } catch {
          self.logger.warning("webhooks could not use the database", metadata: ["error": "\(error)"])
        }
        _ = await self.applied.wait(beyond: rings, limit: self.policy.poll)
        // A busy stream is not followed batch by batch.
        await Suspension.sleep(until: started.advanced(by: Self.spacing))
      }
    }
  }

  /// Sends what is due now, once. Returns how many deliveries were tried.
  @discardableResult
  public func dispatch() async throws -> Int {
    let deliveries = try await client.withTransaction { connection in
      try await queue.lease(limit: policy.concurrency, on: connection)
    }
    try await withThrowingTaskGroup { group in
      for delivery in deliveries {
        group.addTask { try await self.deliver(delivery) }
      }
      try await group.waitForAll()
    }
    return deliveries.count
  }

  private func deliver(_ delivery: WebhookDelivery) async throws {
    try FaultPoint.hit(.webhookBeforeSend)
    let status = try await send(delivery)
    try FaultPoint.hit(.webhookBeforeRecord)
    try await client.withConnection { connection in
      try await queue.record(delivery, status: status, jitter: Double.random(in: 0...1), on: connection)
    }
    let isDead = delivery.attempts >= policy.attempts || status == 410
    observer(.webhook((200..<300).contains(status) ? .delivered : isDead ? .dead : .failed))
  }

  /// The answer's status; 0 when there was none.
  private func send(_ delivery: WebhookDelivery) async throws -> Int {
    let body = delivery.body
    let timestamp = Int64(Date().timeIntervalSince1970)
    do {
      let secrets = try queue.secrets(of: delivery)
      var request = HTTPClientRequest(url: delivery.url)
      request.method = .POST
      request.headers.add(name: "content-type", value: "application/json")
      request.headers.add(name: "webhook-id", value: delivery.id)
      request.headers.add(name: "webhook-timestamp", value: String(timestamp))
      request.headers.add(
        name: "webhook-signature",
        value: WebhookSignature.header(id: delivery.id, timestamp: timestamp, body: body, secrets: secrets))
      request.body = .bytes(ByteBuffer(bytes: body))
      let response = try await http(delivery.url).execute(request, timeout: TimeAmount(policy.timeout))
      return Int(response.status.code)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      logger.info("a webhook could not be delivered", metadata: ["outbox.webhook": "\(delivery.webhook)"])
      return 0
    }
  }
}
