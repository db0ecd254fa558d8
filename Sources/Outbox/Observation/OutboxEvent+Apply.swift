internal import SyncProtocol

extension OutboxEvent {
  /// A plan that was applied, with the rows that were not taken.
  init(applied plan: ApplyPlan, refused: [Nack], since started: ContinuousClock.Instant) {
    self = .applied(
      stream: plan.stream, lane: plan.lane, through: plan.next.cursor.position, rows: plan.rows.count,
      refused: refused.map(\.code), duration: started.duration(to: .now))
  }
}
