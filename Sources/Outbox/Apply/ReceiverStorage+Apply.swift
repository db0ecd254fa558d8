internal import Postgres
internal import SyncProtocol

extension ReceiverStorage {
  /// Rows up to which the thread that waits for all connections may write them itself.
  static let smallBatch = 50

  /// Operation 18: cursor, rows, quarantine, sweep and webhook deliveries in one transaction.
  ///
  /// First without savepoints. If a row is at fault the whole transaction is run again, halving the rows of each kind under savepoints until the bad
  /// ones are alone.
  func apply(_ plan: ApplyPlan) async throws -> Outcome {
    try await withTaskExecutorPreference(
      plan.rows.count <= Self.smallBatch ? PostgresClient.executor : globalConcurrentExecutor
    ) {
      try await moved {
        do {
          return try await apply(plan, isCareful: false)
        } catch let error as PostgresError where error.isRowTrouble {
          return try await apply(plan, isCareful: true)
        }
      }
    }
  }

  private func apply(_ plan: ApplyPlan, isCareful: Bool) async throws -> Outcome {
    try FaultPoint.hit(.applyBegin)
    let outcome = try await client.withTransaction { connection -> Outcome in
      if plan.rows.isEmpty, plan.sweep == nil, plan.expected.cursor == plan.next.cursor {
        // Only freshness changes: losing it in a crash loses nothing.
        try await connection.enqueue("SELECT set_config('synchronous_commit', 'off', true)")
      }
      try await compareAndSet(
        plan.stream, plan.lane, expected: plan.expected, next: plan.next,
        reusesPlans: plan.sweep == nil && plan.rows.count <= ReusedPlans.most, on: connection)
      try await recording?(plan, connection)
      let context = ApplyContext(stream: plan.stream, lane: plan.lane, epoch: plan.next.cursor.epoch)
      let refused = try await RowApplication(registry: registry, isCareful: isCareful)
        .apply(plan.rows, context: context, on: connection)
      try FaultPoint.hit(.applyAfterRows)
      try await AppliedRowStore.note(plan.rows, refused: refused, stream: plan.stream, on: connection)
      // Behind the quarantine: what came again and was refused is not swept.
      if let sweep = plan.sweep { try await self.sweep(plan, sweep, on: connection) }
      try FaultPoint.hit(.applyBeforeCommit)
      return .applied(
        refused.sorted { $0.key < $1.key }.compactMap { reference, code in
          plan.rows.first { $0.row == reference }.map { Nack(row: reference, code: code, version: $0.version) }
        })
    }
    try FaultPoint.hit(.applyAfterCommit)
    return outcome
  }

  /// Removes the lane's rows that a resynchronization did not bring again.
  private func sweep(_ plan: ApplyPlan, _ resync: LaneState.Resync, on connection: PostgresConnection) async throws {
    let bound = RowVersion(generation: 0, epoch: resync.epoch, head: resync.bound)
    for (kind, sink) in registry.sinks.sorted(by: { $0.key < $1.key }) where sink.declaration.lane == plan.lane {
      // What came again and could not be applied is there at its source: what is here of it stays.
      let parked = try await QuarantineStore.keys(of: kind, from: plan.stream, since: bound, on: connection)
      let removed = try await sink.sweep(
        plan.stream, range: .everything, keeping: parked, olderThan: bound, limit: .max, on: connection)
      let images = removed.map { RowImage(row: RowReference(kind: kind, key: $0), version: bound, fields: nil) }
      try await WebhookStore.enqueue(images, refused: [:], on: connection)
    }
  }
}
