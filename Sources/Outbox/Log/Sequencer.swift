public import Logging
public import Postgres
public import ServiceLifecycle
internal import Synchronization
public import SyncProtocol

/// Turns committed pointers into the log of this silo, as long as it leads; otherwise stands by.
///
/// Any number of processes may run one over the same database: exactly one leads, the others take over within seconds when it dies. Wakes by
/// `doorbell` and by an adaptive poll (1 ms after work, up to 50 ms idle), writes a heartbeat every second, and rings `head` after every
/// commit so that readers wake.
public final class Sequencer: Sendable, Service {
  let client: PostgresClient
  let registry: KindRegistry
  let doorbell: Doorbell
  let head: Doorbell
  let limits: TickLimits
  let pace: SequencerPace
  let retention: LogRetention
  let name: String
  let witness: LogWitness?
  let decoding: DecodingDoorbell?
  let observer: OutboxObserver
  let isTracing: Bool
  let logger: Logger
  private let stopping = Atomic(false)
  private let leads = Atomic(false)

  /// Whether this process leads the log now, as far as it knows.
  package var isLeading: Bool { leads.load(ordering: .relaxed) }

  /// How far it listens for decoded commits; nil when only the poll is asked for.
  public var decodingState: DecodingDoorbell.State? { decoding?.state }

  func noteLeading(_ isLeading: Bool) {
    leads.store(isLeading, ordering: .relaxed)
    observer(.leading(isLeading))
  }

  /// - Parameters:
  ///   - doorbell: rung after commits that appended pointers; see ``Capture``.
  ///   - head: rung when the log grew.
  ///   - decoding: listens for decoded commits while this process leads, and rings `doorbell`; nil leaves it to the poll.
  ///   - witness: a file outside the data directory that finds out a restored copy of the database.
  ///   - isTracing: looks after each tick for transactions that belong to a trace; costs a query a tick.
  ///   - name: tells processes apart in `outbox.sequencer.leader`.
  public init(
    client: PostgresClient, registry: KindRegistry, doorbell: Doorbell, head: Doorbell,
    limits: TickLimits = TickLimits(), pace: SequencerPace = SequencerPace(), retention: LogRetention = LogRetention(),
    name: String = "sequencer", witness: LogWitness? = nil, decoding: DecodingDoorbell? = nil,
    observer: OutboxObserver = .none, isTracing: Bool = false, logger: Logger
  ) {
    self.client = client
    self.registry = registry
    self.doorbell = doorbell
    self.head = head
    self.limits = limits
    self.pace = pace
    self.retention = retention
    self.name = name
    self.witness = witness
    self.decoding = decoding
    self.observer = observer
    self.isTracing = isTracing
    self.logger = logger
  }

  /// Sequences until the task is cancelled or the service group shuts down. Never ends by itself.
  public func run() async throws {
    await withGracefulShutdownHandler {
      // It talks to the database and computes next to nothing: each answer wakes it where it arrives.
      await withTaskExecutorPreference(PostgresClient.executor) {
        await withTaskGroup(of: Void.self) { group in
          if let decoding = self.decoding { group.addTask { await decoding.listen { self.isLeading } } }
          var session = SequencerSession(self)
          await session.drive { _ in self.stopping.load(ordering: .relaxed) }
          // An orderly stop leaves no moment in which an older copy would pass for this log.
          if self.isLeading { session.witness(isLast: true) }
          group.cancelAll()
        }
      }
    } onGracefulShutdown: {
      self.stopping.store(true, ordering: .relaxed)
      self.doorbell.ring()
    }
  }

  /// Takes the leadership if it is free, sequences everything that is committed now, and stops. For tools and tests.
  ///
  /// - Throws: `OutboxError` with code `.fencedOut` when another process leads.
  public func catchUp() async throws {
    var session = SequencerSession(self)
    await session.drive { input in
      switch input {
      case .polled(hasWork: false), .ledByAnother, .failed(.refused): true
      default: false
      }
    }
    if session.isLedByAnother { throw OutboxError(code: .fencedOut, message: "another sequencer leads") }
    if let error = session.lastError { throw error }
  }
}
