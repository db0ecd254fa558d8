internal import FoundationEssentials
internal import Logging
package import Outbox
internal import Postgres
package import Silo
internal import Synchronization
package import SyncProtocol

/// Carries a reconciliation between regions, operators and the database (docs/decisions/0060).
package final class Reconciliations: Sendable {
  /// How long this process believes that nothing is to be reconciled. Grants ask the database itself.
  private static let belief = Duration.milliseconds(250)
  /// How soon a region comes back that shall return its receipts first, in milliseconds.
  private static let returnPause: Int64 = 100
  /// How long a request is held while something is to be reconciled, in milliseconds.
  private static let hurriedHold: Int64 = 500

  private let environment: ControlEnvironment
  /// What control knows about its own stream keys.
  private let known: @Sendable (String) -> KnownKey?
  private let normalUntil = Mutex(ContinuousClock.now)

  package init(environment: ControlEnvironment, known: @escaping @Sendable (String) -> KnownKey?) {
    self.environment = environment
    self.known = known
  }

  /// A request that is not held for long while control waits to hear what regions know.
  func hurried(_ request: SyncRequest) async throws -> SyncRequest {
    guard try await isPending() else { return request }
    var hurried = request
    hurried.holdLimit = min(request.holdLimit, Self.hurriedHold)
    return hurried
  }

  private func isPending() async throws -> Bool {
    if ContinuousClock.now < normalUntil.withLock({ $0 }) { return false }
    let (phase, isForeign) = try await environment.database.withConnection { try await ReconcileStore.phase(on: $0) }
    guard phase == .normal, !isForeign else { return true }
    normalUntil.withLock { $0 = .now + Self.belief }
    return false
  }

  /// Looks at an answer about to leave: what the region's cursors say about the fork, and whether its receipts are wanted first.
  ///
  /// - Returns: the answer to send, and the name under which receipts are wanted.
  func check(
    _ answer: SyncAnswer, to request: SyncRequest, of region: RegionNumber
  ) async throws -> (answer: SyncAnswer, receipts: String?) {
    let isStartOver: Bool
    switch answer.body {
    case .resynchronize: isStartOver = true
    case .retry, .refused: return (answer, nil)
    default: isStartOver = false
    }
    if !isStartOver {
      guard try await isPending() else { return (answer, nil) }
    }
    let wanted = try await decide(answer.body, request, region)
    guard let wanted, isStartOver else { return (answer, wanted) }
    // Starting it over would sweep what only it still knows.
    return (SyncAnswer(body: .retry(after: Self.returnPause), held: answer.held, age: 0), wanted)
  }

  private func decide(
    _ body: SyncAnswer.Body, _ request: SyncRequest, _ region: RegionNumber
  ) async throws -> String? {
    try await environment.write { control in
      let (before, matter) = try await ReconcileStore.load(locking: true, on: control)
      let verdict = ForkVerdict(body, to: request.claims, fork: matter.fork)
      guard before.wantsReceipts(of: region.silo, after: verdict) else { return nil }
      var state = before
      try await apply(state.handle(.verdict(region.silo, verdict)), on: control)
      try await ReconcileStore.save(state, before: before, now: environment.now(), on: control)
      return state.wantsReceipts(of: region.silo, after: verdict) ? matter.name : nil
    }
  }

  /// Merges a page of receipts.
  func take(_ page: ReceiptsRequest, of region: RegionNumber) async throws -> ReceiptsAnswer {
    return try await environment.write { control in
      let (before, matter) = try await ReconcileStore.load(locking: true, on: control)
      guard page.reconcile == matter.name, before.wantsReceipts(of: region.silo, after: .lost) else {
        return ReceiptsAnswer(merged: 0, parked: 0)
      }
      let merger = ReceiptMerger(environment: environment, region: region, known: known)
      let outcome = try await merger.merge(page.receipts, ended: page.ended, on: control)
      let differences = try await ReconcileStore.count(
        region, receipts: Int64(page.receipts.count), differences: outcome.differences, parked: outcome.parked,
        on: control)
      if page.isComplete {
        try await finish(region, differences: differences, before, on: control)
      }
      return ReceiptsAnswer(merged: outcome.differences, parked: outcome.parked)
    }
  }

  private func finish(
    _ region: RegionNumber, differences: Int64, _ before: Reconciliation, on control: ControlConnection
  ) async throws {
    var state = before
    try await apply(state.handle(.returned(region.silo, differences: differences)), on: control)
    try await ReconcileStore.save(state, before: before, now: environment.now(), on: control)
    // Rows about what control did not remember were refused: they are wanted again.
    if differences > 0 { try await ReconcileStore.forgetCursors(of: region, on: control) }
    try await AuditStore.append(.region(region), "reconcile.returned", String(differences), on: control)
    environment.logger.notice(
      "a region returned its receipts",
      metadata: ["sync.region": "\(region)", "reconcile.differences": "\(differences)"])
  }

  private func apply(_ effects: [Reconciliation.Effect], on control: ControlConnection) async throws {
    for effect in effects {
      switch effect {
      case .endCredentials: try await ReconcileStore.endCredentials(on: control)
      case .opened: try await AuditStore.append(.system, "reconcile.end", "control", on: control)
      }
    }
  }
}

// MARK: Operators

extension Reconciliations {
  /// Goes on without a region. What it returns later is merged then.
  /// - Throws: ``ControlError/Code/regionUnknown``, ``ControlError/Code/notReconciling``.
  package func release(_ name: RegionName, by actor: OperatorID) async throws {
    try await change(by: actor, "reconcile.release", name.text) { control in
      guard let region = try await RegionStore.find(name, on: control) else { throw ControlError(.regionUnknown) }
      return .released(region.number.silo)
    }
  }

  /// Goes on without every region that has not returned its receipts.
  package func finish(by actor: OperatorID) async throws {
    try await change(by: actor, "reconcile.finish", "control") { _ in .finished }
  }

  private func change(
    by actor: OperatorID, _ action: String, _ subject: String,
    _ input: (ControlConnection) async throws -> Reconciliation.Input
  ) async throws {
    try await environment.write { control in
      let (before, _) = try await ReconcileStore.load(locking: true, on: control)
      let input = try await input(control)
      guard before.phase != .normal else { throw ControlError(.notReconciling) }
      var state = before
      try await apply(state.handle(input), on: control)
      try await ReconcileStore.save(state, before: before, now: environment.now(), on: control)
      try await AuditStore.append(.operator(actor), action, subject, on: control)
    }
  }

  /// Starts the log's next epoch by hand; repeating it changes nothing.
  package func bumpEpoch(from ordinal: Int32, by actor: OperatorID) async throws -> EpochStore.Description? {
    try await environment.write { control in
      let before = try await EpochStore.current(on: control.connection)
      let after = try await EpochStore.bump(from: ordinal, on: control.connection)
      if before != after { try await AuditStore.append(.operator(actor), "epoch.bump", "control", on: control) }
      return after
    }
  }
}
