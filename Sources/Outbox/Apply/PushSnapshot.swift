public import Postgres
public import SyncProtocol

/// The receiving end of a snapshot whose sender calls: it gets one request at a time and comes back with the rows. The same machine, checks and
/// transactions as where the receiver calls.
public struct PushSnapshot: Sendable {
  private let storage: ReceiverStorage
  private let stream: SiloNumber
  private let audience: SiloNumber
  private let pace: SnapshotPace

  /// - Parameters:
  ///   - stream: the authenticated sender.
  ///   - audience: this silo.
  public init(
    client: PostgresClient, stream: SiloNumber, audience: SiloNumber, registry: KindRegistry,
    pace: SnapshotPace = SnapshotPace()
  ) {
    storage = ReceiverStorage(client: client, registry: registry)
    self.stream = stream
    self.audience = audience
    var pace = pace
    pace.isPipelined = false
    self.pace = pace
  }

  /// What to ask the sender for now; nil when nothing is missing. Asked twice it is the same request.
  public func next() async throws -> BulkRequest? {
    var machine = machine()
    return try await drive(&machine, machine.handle(.start, now: 0))?.request
  }

  /// Applies verified rows and returns what to ask for next.
  ///
  /// - Throws: ``SnapshotFault`` when they are not what was asked for (nothing changed; ask ``next()``), `StorageTrouble`, and `OutboxError` with
  ///   code `.outcomeUnknown` when the commit was sent and no answer came.
  public func receive(_ reply: BulkReply) async throws -> BulkRequest? {
    var machine = machine()
    guard case .answer(let answer) = reply,
      let asked = try await drive(&machine, machine.handle(.start, now: 0)), asked.request.id == answer.id
    else { return try await next() }
    return try await drive(&machine, machine.handle(.reply(reply, to: asked.number), now: 0))?.request
  }

  private func machine() -> SnapshotMachine {
    SnapshotMachine(
      stream: stream, audience: audience, kinds: storage.registry.snapshotKinds, pace: pace,
      seed: UInt64.random(in: .min ... .max))
  }

  /// Performs what the machine says until it would ask the sender, or has nothing to ask.
  private func drive(
    _ machine: inout SnapshotMachine, _ first: [SnapshotMachine.Effect]
  ) async throws -> (request: BulkRequest, number: Int64)? {
    var effects = first
    while !effects.isEmpty {
      switch effects.removeFirst() {
      case .exchange(let request, let number, _): return (request, number)
      case .storage(let operation): effects += machine.handle(try await perform(operation), now: 0)
      case .fault(let fault): throw fault
      case .trouble(let trouble): throw trouble
      // Somebody else moved it meanwhile: look again at once, the sender waits.
      case .wait: effects += machine.handle(.timer, now: 0)
      case .advanced, .finished, .stopped: continue
      }
    }
    return nil
  }

  private func perform(_ operation: ReceiverOperation) async throws -> SnapshotMachine.Input {
    do {
      switch operation {
      case .readSnapshot(let stream): return .state(try await storage.readSnapshot(stream: stream))
      case .recordBulk(let request):
        try await storage.recordBulk(request)
        return .recorded
      case .applyBulk(let answer): return .applied(try await storage.applyBulk(answer))
      default: return .failed(.refused)
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
