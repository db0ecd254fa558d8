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
  private let freshness: Duration
  private let limits: SenderLimits
  private let logger: Logger
  private let sessions = Mutex<[SiloNumber: SenderSession]>([:])

  /// - Parameters:
  ///   - stream: this silo.
  ///   - doorbell: the sequencer's: a resynchronization appends pointers.
  ///   - head: rung by the sequencer when the log grew; ends a hold.
  ///   - freshness: a request held for so long is answered by the next heartbeat, so that its receiver knows how fresh it is. Each receiver
  ///     costs one empty answer in that time.
  public init(
    client: PostgresClient, stream: SiloNumber, registry: KindRegistry, doorbell: Doorbell, head: Doorbell,
    limits: SenderLimits = SenderLimits(), freshness: Duration = .seconds(2), logger: Logger
  ) {
    self.stream = stream
    self.head = head
    self.limits = limits
    self.logger = logger
    self.freshness = freshness
    index = ConcernIndex(client: client, head: head)
    storage = SenderStorage(client: client, registry: registry, doorbell: doorbell)
  }

  /// One answer. Held back up to the request's limit while there is nothing new.
  ///
  /// Trouble with the database becomes `.retry`, so this throws `CancellationError` only.
  public func answer(_ request: SyncRequest) async throws -> SyncAnswer {
    let session = sessions.withLock { sessions in
      if let known = sessions[request.receiver] { return known }
      let new = SenderSession(
        machine: SenderMachine(stream: stream, limits: limits), storage: storage, head: head, index: index,
        freshness: freshness, logger: logger)
      sessions[request.receiver] = new
      return new
    }
    return try await session.answer(request)
  }

  /// The rows of a repair that the receiver may hold; what is gone or not entitled is left out.
  public func bulk(_ references: [RowReference], for receiver: SiloNumber) async throws -> [RowImage] {
    try await storage.readBulk(receiver: receiver, references: references)
  }

  /// Forgets what is kept in memory of a receiver, such as a revoked region.
  public func forget(_ receiver: SiloNumber) {
    sessions.withLock { $0[receiver] = nil }
  }
}
