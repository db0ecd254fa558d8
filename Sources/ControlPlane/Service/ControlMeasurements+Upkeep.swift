internal import Logging
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

extension ControlMeasurements {
  /// Rollouts, incidents, snapshots under way and what a restore waits for. Nothing when the database does not answer; the gauges say so.
  func upkeep(names: [SiloNumber: String]) async -> [OutboxMeasurement] {
    do {
      return try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
        var all: [OutboxMeasurement] = []
        let rollouts = try await RolloutStore.counts(on: control)
        for state in [RolloutState.running, .halted] {
          all.append(
            OutboxMeasurement(
              .gauge, "atoll_rollouts", "Rollouts of ring-gated revisions that are not over.",
              labels: [("state", state.rawValue)], Double(rollouts[state] ?? 0)))
        }
        for (region, counts) in try await DivergenceStore.counts(on: control).sorted(by: { $0.key < $1.key }) {
          for (state, count) in [("open", counts.open), ("mended", counts.mended)] {
            all.append(
              OutboxMeasurement(
                .gauge, "atoll_incidents", "Rows that differed from their source although they must not.",
                labels: [("peer", names[region.silo] ?? region.silo.description), ("state", state)], Double(count)))
          }
        }
        all += try await Self.snapshots(on: control) + Self.receipts(on: control)
        return all
      }
    } catch {
      environment.logger.debug("no upkeep in this scrape", metadata: ["error": "\(error)"])
      return []
    }
  }

  private static func snapshots(on control: ControlConnection) async throws -> [OutboxMeasurement] {
    let given = try await SnapshotProgressStore.serving(on: control.connection)
    let taken = try await SnapshotProgress.all(on: control.connection)
    return [("down", given), ("up", taken)].flatMap { direction, snapshots in
      [
        OutboxMeasurement(
          .gauge, "atoll_snapshots", "Snapshots under way.", labels: [("direction", direction)],
          Double(snapshots.count)),
        OutboxMeasurement(
          .gauge, "atoll_snapshot_rows", "Rows that the snapshots under way have brought so far.",
          labels: [("direction", direction)], Double(snapshots.reduce(0) { $0 + $1.rows })),
      ]
    }
  }

  private static func receipts(on control: ControlConnection) async throws -> [OutboxMeasurement] {
    let reconcile = try await ReconcileStore.load(locking: false, on: control)
    let lines = try await ReconcileStore.lines(on: control)
    return [
      OutboxMeasurement(
        .gauge, "atoll_reconcile_awaited_regions", "Regions whose word a restored control waits for.",
        Double(reconcile.state.awaited.count)),
      OutboxMeasurement(
        .gauge, "atoll_receipts_returned", "Receipts that regions gave back since the last restore.",
        Double(lines.reduce(0) { $0 + $1.receipts })),
      OutboxMeasurement(
        .gauge, "atoll_receipts_parked", "Receipts that could not be merged and wait for an operator.",
        Double(lines.reduce(0) { $0 + $1.parked })),
    ]
  }
}
