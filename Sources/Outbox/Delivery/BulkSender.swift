public import Logging
public import Postgres
internal import Synchronization
public import SyncProtocol

/// Answers requests for rows beside the stream: each in a short snapshot of its own, with the same reader as the stream.
///
/// Nothing is kept between two requests of a receiver but its place among those that are served, and that only as long as it asks: a slow receiver
/// holds nothing here.
public final class BulkSender: Sendable {
  /// Milliseconds between two notes about one receiver's snapshot.
  private static let notePause: Int64 = 500

  private struct State {
    var slots: SnapshotSlots
    var noted: [SiloNumber: Int64] = [:]
  }

  public let stream: SiloNumber
  private let storage: SenderStorage
  private let logger: Logger
  private let started = ContinuousClock.now
  private let state: Mutex<State>

  /// - Parameter stream: this silo.
  public init(
    client: PostgresClient, stream: SiloNumber, registry: KindRegistry, limits: SnapshotLimits = SnapshotLimits(),
    logger: Logger
  ) {
    self.stream = stream
    self.logger = logger
    storage = SenderStorage(client: client, registry: registry, doorbell: Doorbell())
    state = Mutex(State(slots: limits.slots))
  }

  /// Receivers that take a snapshot now.
  public var active: Int {
    let now = now
    return state.withLock { $0.slots.active(now: now) }
  }

  /// Whether the keys that a request names can be keys of their kinds: any other would be an error of the database. A kind that this silo does not send has
  /// no rows under any key.
  public func understands(_ request: BulkRequest) -> Bool {
    let named: [(kind: Kind, key: RowKey)] =
      switch request.wanted {
      case .references(let references): references.map { ($0.kind, $0.key) }
      case .chunk(let kind, let after): after.map { [(kind, $0)] } ?? []
      }
    return named.allSatisfy { kind, key in
      storage.registry.sources[kind]?.declaration.keyType.isCanonical(key) ?? true
    }
  }

  /// The rows that `receiver` may hold now. A repair is never told to wait; trouble with the database becomes `.retry`, so this throws
  /// `CancellationError` only.
  ///
  /// - Parameter receiver: the authenticated peer, never its own word.
  public func answer(_ request: BulkRequest, for receiver: SiloNumber) async throws -> BulkReply {
    let isChunk = if case .chunk = request.wanted { true } else { false }
    if isChunk {
      let now = now
      let random = UInt64.random(in: .min ... .max)
      let wait = state.withLock { $0.slots.wait(of: receiver, now: now, random: random) }
      if let wait { return .retry(after: wait) }
    }
    do {
      let answer = try await storage.readBulk(receiver: receiver, request, stream: stream)
      if isChunk { try await note(receiver, request, answer) }
      return .answer(answer)
    } catch {
      if case .cancelled = StorageFailure(error) { throw CancellationError() }
      logger.warning(
        "rows beside the stream could not be read",
        metadata: ["sync.receiver": "\(receiver)", "error": "\(error)"])
      return .retry(after: 1000)
    }
  }

  private var now: Int64 { started.duration(to: .now).milliseconds }

  private func note(_ receiver: SiloNumber, _ request: BulkRequest, _ answer: BulkAnswer) async throws {
    let now = now
    let isDue = state.withLock { state in
      guard
        request.done == 0 || now - (state.noted[receiver] ?? -Self.notePause) >= Self.notePause
          || answer.chunk?.keys.through == nil
      else { return false }
      state.noted[receiver] = now
      return true
    }
    guard isDue else { return }
    let expected = answer.estimates.isEmpty ? nil : answer.estimates.values.reduce(0, +)
    try await storage.note(receiver, done: request.done + Int64(answer.rows.count), expected: expected)
  }
}
