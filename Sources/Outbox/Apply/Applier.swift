public import Logging
public import Postgres
public import ServiceLifecycle
internal import Synchronization
public import SyncProtocol

/// Brings one stream into this database: asks, checks, applies, and asks again from the new cursor.
///
/// One applier a stream moves a cursor at a time (compare-and-set); further ones are harmless. A batch applies in one transaction with its cursor.
public final class Applier: Sendable, Service {
  /// Sends a request and returns the *verified* answer. Throws when there is none; gives up after `limit`.
  public typealias Exchange = @Sendable (_ request: SyncRequest, _ limit: Duration) async throws -> SyncAnswer

  /// What the applier knows, for status pages and metrics.
  public struct Status: Sendable, Hashable {
    public var lanes: [Lane: LaneState] = [:]
    /// The source's head by the last batch of each lane: rows of lag = head - position.
    public var heads: [Lane: Position] = [:]
    /// Monotonic moment up to which everything committed at the source is known here; nil before the first complete answer.
    public var knownSince: ContinuousClock.Instant?
    public var lastFault: String?
  }

  let storage: ReceiverStorage
  let stream: SiloNumber
  let audience: SiloNumber
  let lanes: [Lane]
  let pace: ReceiverPace
  let exchange: Exchange
  let logger: Logger
  /// Rung after every applied batch: for webhooks and for those who wait to read their writes.
  public let applied: Doorbell
  private let current = Mutex(Status())

  /// - Parameters:
  ///   - stream: whose log.
  ///   - audience: this silo.
  ///   - exchange: the transport.
  public init(
    client: PostgresClient, stream: SiloNumber, audience: SiloNumber, registry: KindRegistry,
    lanes: [Lane] = [.priority, .main], pace: ReceiverPace = ReceiverPace(), applied: Doorbell = Doorbell(),
    logger: Logger, exchange: @escaping Exchange
  ) {
    storage = ReceiverStorage(client: client, registry: registry)
    self.stream = stream
    self.audience = audience
    self.lanes = lanes
    self.pace = pace
    self.applied = applied
    self.exchange = exchange
    self.logger = logger
  }

  public var status: Status { current.withLock { $0 } }

  /// Applies until the task is cancelled or the service group shuts down.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      var session = ReceiverSession(self)
      await session.drive { _ in false }
    }
  }

  /// Applies until the sender has nothing new for any lane. For tools and tests; use a pace without hold.
  ///
  /// - Throws: what kept the last exchange or storage operation from working.
  public func catchUp() async throws {
    var session = ReceiverSession(self)
    var quiet = 0
    await session.drive { effect in
      guard case .committed(_, let state, let isEmpty) = effect else { return false }
      quiet = isEmpty && state.resync == nil ? quiet + 1 : 0
      return quiet > self.lanes.count
    }
    if let error = session.lastError { throw error }
  }

  func note(_ change: (inout Status) -> Void) { current.withLock { change(&$0) } }
}
