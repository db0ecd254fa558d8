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

  /// Writes what belongs to a batch into the transaction that applies it and moves the cursor. Runs for each try of that transaction.
  public typealias Recording = @Sendable (_ plan: ApplyPlan, _ connection: PostgresConnection) async throws -> Void

  /// Sends a request for rows beside the stream and returns the *verified* reply. Throws when there is none; gives up after `limit`.
  public typealias BulkExchange = @Sendable (_ request: BulkRequest, _ limit: Duration) async throws -> BulkReply

  /// What the applier knows, for status pages and metrics.
  public struct Status: Sendable, Hashable {
    public var lanes: [Lane: LaneState] = [:]
    /// The source's head by the last batch of each lane: rows of lag = head - position.
    public var heads: [Lane: Position] = [:]
    /// Monotonic moment up to which everything committed at the source is known here; nil before the first complete answer.
    public var knownSince: ContinuousClock.Instant?
    public var lastFault: String?
    /// The chunks applied by this process since the lanes last started over.
    public var snapshot: [Kind: SnapshotState.Progress] = [:]
  }

  let storage: ReceiverStorage
  let stream: SiloNumber
  let audience: SiloNumber
  let lanes: [Lane]
  let pace: ReceiverPace
  let exchange: Exchange
  let snapshotPace: SnapshotPace
  let bulk: BulkExchange?
  /// Rung when the lanes start over: a snapshot is to be taken.
  let restarted = Doorbell()
  /// Rung when lanes were read whose snapshot somebody, perhaps who died, began.
  let underWay = Doorbell()
  let observer: OutboxObserver
  let logger: Logger
  /// Rung after every applied batch: for webhooks and for those who wait to read their writes.
  public let applied: Doorbell
  /// Rung when somebody waits for what the source has by now.
  let hurried = Doorbell()
  private let lastHurry = Mutex<ContinuousClock.Instant?>(nil)
  private let current = Mutex(Status())
  private let needsRefresh = Mutex(false)

  /// - Parameters:
  ///   - stream: whose log.
  ///   - audience: this silo.
  ///   - recording: what else the transaction of a batch writes, such as a proof of the cursor.
  ///   - bulk: the transport of rows beside the stream. Without it the sender must write pointers to start this receiver over.
  ///   - exchange: the transport.
  public init(
    client: PostgresClient, stream: SiloNumber, audience: SiloNumber, registry: KindRegistry,
    lanes: [Lane] = [.priority, .main], pace: ReceiverPace = ReceiverPace(), applied: Doorbell = Doorbell(),
    observer: OutboxObserver = .none, recording: Recording? = nil,
    snapshotPace: SnapshotPace = SnapshotPace(), logger: Logger, bulk: BulkExchange? = nil,
    exchange: @escaping Exchange
  ) {
    storage = ReceiverStorage(client: client, registry: registry, recording: recording)
    self.stream = stream
    self.audience = audience
    self.lanes = lanes
    self.pace = pace
    self.applied = applied
    self.exchange = exchange
    self.bulk = bulk
    self.snapshotPace = snapshotPace
    self.observer = observer
    self.logger = logger
  }

  public var status: Status { current.withLock { $0 } }

  /// Applies until the task is cancelled or the service group shuts down.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        // It mostly waits for short answers: each wakes it where it arrives. Larger work it hands to other threads itself.
        group.addTask(executorPreference: PostgresClient.executor) {
          var session = ReceiverSession(self)
          await session.drive { _ in false }
        }
        if let bulk = self.bulk {
          group.addTask {
            var session = SnapshotSession(self, exchange: bulk)
            await session.drive()
          }
        }
        await group.waitForAll()
      }
    }
  }

  /// Applies until the sender has nothing new for any lane. For tools and tests; use a pace without hold.
  ///
  /// - Throws: what kept the last exchange or storage operation from working.
  public func catchUp() async throws {
    var hasStarted = bulk != nil
    while true {
      if hasStarted, let bulk {
        var session = SnapshotSession(self, exchange: bulk)
        try await session.takeOnce()
      }
      hasStarted = false
      var session = ReceiverSession(self)
      var quiet = 0
      await session.drive { effect in
        switch effect {
        case .committed(_, let state, let isEmpty):
          quiet = isEmpty && state.resync == nil ? quiet + 1 : 0
          // Each lane has been first in one of them.
          return quiet >= ReceiverMachine.requestsPerRound
        case .started:
          hasStarted = self.bulk != nil
          return hasStarted
        case .failed: return false
        }
      }
      if let error = session.lastError { throw error }
      if !hasStarted { return }
    }
  }

  /// Between two of ``hurry()`` that are heard: who waits asks again.
  private static let hurryInterval = Duration.milliseconds(50)

  /// Asks the source at once, and without letting it hold its answer, for each lane: for somebody who waits for a change that may concern nobody here.
  /// Cheap to call often.
  public func hurry() {
    let isHeard = lastHurry.withLock { last in
      let now = ContinuousClock.now
      guard last.map({ $0.duration(to: now) >= Self.hurryInterval }) ?? true else { return false }
      last = now
      return true
    }
    if isHeard { hurried.ring() }
  }

  /// The lanes of which snapshots can be taken: those with kinds.
  var snapshots: Set<Lane>? { bulk == nil ? nil : Set(storage.registry.snapshotKinds.map(\.lane)) }

  /// Rows came beside the stream: whoever holds the lanes reads them again.
  func refreshLanes() { needsRefresh.withLock { $0 = true } }

  /// Whether the lanes changed beside the stream since this was last asked.
  func takeRefresh() -> Bool {
    needsRefresh.withLock { value in
      defer { value = false }
      return value
    }
  }

  func note(_ change: (inout Status) -> Void) { current.withLock { change(&$0) } }
}
