public import Logging
public import Postgres
internal import Synchronization
public import SyncProtocol

/// Answers receivers from the log of this silo with what each is entitled to now.
///
/// One instance serves all receivers of a process; requests of one receiver are answered one after another, and a new one ends an older one that
/// is held. Serves pulls (the request is what the receiver asked) and pushes (the request is what it answered last).
public final class Sender: Sendable {
  public let stream: SiloNumber
  private let storage: SenderStorage
  private let head: Doorbell
  private let index: ConcernIndex
  private let pace: IdlePace
  private let limits: SenderLimits
  private let observer: OutboxObserver
  private let logger: Logger
  private let started = ContinuousClock.now
  private let sessions = Mutex<[SiloNumber: SenderSession]>([:])

  /// - Parameters:
  ///   - stream: this silo.
  ///   - doorbell: the sequencer's: a resynchronization appends pointers.
  ///   - head: rung by the sequencer when the log grew; ends a hold.
  ///   - pace: how soon a receiver hears that there is nothing new.
  public init(
    client: PostgresClient, stream: SiloNumber, registry: KindRegistry, doorbell: Doorbell, head: Doorbell,
    limits: SenderLimits = SenderLimits(), pace: IdlePace = IdlePace(),
    observer: OutboxObserver = .none, logger: Logger
  ) {
    self.stream = stream
    self.head = head
    self.limits = limits
    self.observer = observer
    self.logger = logger
    self.pace = pace
    index = ConcernIndex(client: client, head: head, registry: registry)
    storage = SenderStorage(client: client, registry: registry, doorbell: doorbell)
  }

  /// One answer. Held back up to the request's limit while there is nothing new.
  ///
  /// Trouble with the database becomes `.retry`.
  ///
  /// - Parameter entitlement: a statement of one boolean, read in the very snapshot that the answer is read from: whether the receiver may still have
  ///   one. A hold that `interrupt` ends, or that the log's growth ends, asks it again; so a request costs no query of its own for it.
  /// - Throws: ``ReceiverExcluded`` when it says no, or `CancellationError`.
  public func answer(_ request: SyncRequest, while entitlement: SQL? = nil) async throws -> SyncAnswer {
    let session = sessions.withLock { sessions in
      if let known = sessions[request.receiver] { return known }
      let new = SenderSession(
        machine: SenderMachine(stream: stream, limits: limits), storage: storage, head: head, index: index,
        observer: observer, logger: logger)
      sessions[request.receiver] = new
      return new
    }
    var request = request
    request.holdLimit = min(request.holdLimit, idleHold(of: request.receiver))
    // Mostly waiting for short answers of the database: where they arrive is where it goes on.
    return try await withTaskExecutorPreference(PostgresClient.executor) { [request] in
      try await session.answer(request, while: entitlement)
    }
  }

  /// Milliseconds after which a receiver that nothing concerns is answered: the more receivers, the longer.
  public var idleHold: Int64 { pace.hold(receivers: sessions.withLock { $0.count }) }

  /// The same for a request of this receiver that comes now; a push may be held as long.
  public func idleHold(of receiver: SiloNumber) -> Int64 {
    pace.hold(
      of: receiver, among: sessions.withLock { $0.count }, now: started.duration(to: .now).milliseconds)
  }

  /// Ends the hold of a request of this receiver; it is told to come again.
  public func interrupt(_ receiver: SiloNumber) async {
    await sessions.withLock { $0[receiver] }?.interrupt()
  }

  /// Tells a receiver soon what is here by now, whether it concerns it or not: somebody has been promised to find it applied there. Cheap to call often.
  public func hurry(_ receiver: SiloNumber) async {
    await sessions.withLock { $0[receiver] }?.hasten()
  }

  /// Forgets what is kept in memory of a receiver, such as a revoked region.
  public func forget(_ receiver: SiloNumber) {
    sessions.withLock { $0[receiver] = nil }
  }
}
