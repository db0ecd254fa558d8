public import Postgres
public import SyncProtocol

/// The receiving end of a push: the sender calls with one batch at a time and gets the cursors back. The same machine, checks and transactions as a
/// pull's; only who calls whom differs.
public struct PushReceiver: Sendable {
  /// What the sender is told: from where to go on, and which rows were not taken.
  public typealias Reply = SyncRequest

  private let storage: ReceiverStorage
  private let stream: SiloNumber
  private let audience: SiloNumber
  private let lanes: [Lane]
  private let pace: ReceiverPace
  private let observer: OutboxObserver

  /// - Parameters:
  ///   - stream: the authenticated sender.
  ///   - audience: this silo.
  public init(
    client: PostgresClient, stream: SiloNumber, audience: SiloNumber, registry: KindRegistry,
    lanes: [Lane] = [.priority, .main], pace: ReceiverPace = ReceiverPace(),
    observer: OutboxObserver = .none
  ) {
    storage = ReceiverStorage(client: client, registry: registry)
    self.stream = stream
    self.audience = audience
    self.lanes = lanes
    self.pace = pace
    self.observer = observer
  }

  /// The cursors as they are now: the answer to a sender that does not know them.
  public func cursors() async throws -> Reply {
    var machine = machine()
    return try await drive(&machine, machine.handle(.start, now: 0)).request
  }

  /// Applies a verified batch or resynchronization.
  ///
  /// - Throws: `BatchFault` when it does not continue a cursor or cannot be (nothing changed; tell the sender the cursors), `StorageTrouble`,
  ///   and `OutboxError` with code `.outcomeUnknown` when the commit was sent and no answer came.
  public func receive(_ answer: SyncAnswer) async throws -> Reply {
    var machine = machine()
    let asked = try await drive(&machine, machine.handle(.start, now: 0))
    return try await drive(&machine, machine.handle(.answer(answer, to: asked.number), now: 0)).request
  }

  /// Forgets what no sender that pushes can bring again, such as the versions of removed rows: whoever is called lives no longer than a call, so this is to be
  /// done about once a minute.
  public static func tidy(client: PostgresClient, registry: KindRegistry) async throws {
    try await ReceiverStorage(client: client, registry: registry).collectTombstones(stream: nil)
  }

  private func machine() -> ReceiverMachine {
    ReceiverMachine(
      stream: stream, audience: audience, lanes: lanes, pace: pace,
      snapshots: Set(storage.registry.snapshotKinds.map(\.lane)), seed: 0)
  }

  /// Performs what the machine says until it would ask the sender for more.
  private func drive(
    _ machine: inout ReceiverMachine, _ first: [ReceiverMachine.Effect]
  ) async throws -> (request: SyncRequest, number: Int64) {
    var effects = first
    while !effects.isEmpty {
      switch effects.removeFirst() {
      case .exchange(let request, let number, _): return (request, number)
      case .storage(let operation): effects += machine.handle(try await perform(operation), now: 0)
      case .fault(let fault):
        observer(.batchRefused(fault))
        throw fault
      case .trouble(let trouble):
        observer(.applyFailed(trouble))
        throw trouble
      case .refused, .committed, .sendBulk, .started, .underWay, .wait, .stopped: continue
      }
    }
    throw OutboxError(code: .refused, message: "the machine stopped")
  }

  private func perform(_ operation: ReceiverOperation) async throws -> ReceiverMachine.Input {
    do {
      switch operation {
      case .readLanes(let stream):
        let (lanes, quarantined) = try await storage.readLanes(stream: stream)
        return .lanes(lanes, quarantined: quarantined)
      case .apply(let plan):
        let started = ContinuousClock.now
        switch try await storage.apply(plan) {
        case .applied(let nacks):
          observer(OutboxEvent(applied: plan, refused: nacks, since: started))
          return .applied(nacks: nacks)
        case .cursorMoved: throw BatchFault.notAtCursor
        }
      case .resetLanes(let stream, let expected, let next):
        switch try await storage.resetLanes(stream: stream, expected: expected, next: next) {
        case .applied: return .reset
        case .cursorMoved: throw BatchFault.notAtCursor
        }
      case .recordBulk, .applyBulk, .readSnapshot: return .failed(.refused)
      case .collectTombstones(let stream):
        try await storage.collectTombstones(stream: stream)
        return .tidied
      }
    } catch let error as PostgresError {
      switch StorageFailure(error) {
      case .trouble(let trouble): throw trouble
      case .outcomeUnknown: throw OutboxError(code: .outcomeUnknown, message: "the commit got no answer")
      case .fencedOut, .cancelled: throw error
      }
    }
  }
}
