import Synchronization
import SyncProtocol

/// A region's replica in memory: what ``ReceiverMachine`` asks of a database, done to a dictionary by the same ``VersionGuard``.
final class MemoryReplica: Sendable {
  private struct State {
    var lanes: [Lane: LaneState] = [:]
    var rows: [RowReference: RowImage] = [:]
    var tombstones: [RowReference: RowVersion] = [:]
  }

  private let state = Mutex(State())
  private let written: @Sendable (RowImage) -> Void

  /// - Parameter written: is called for every row that was written, after the batch is applied.
  init(written: @escaping @Sendable (RowImage) -> Void) { self.written = written }

  /// Every row that is here.
  var rows: [RowReference: RowImage] { state.withLock { $0.rows } }
  var isSettled: Bool { state.withLock { $0.lanes.count == 2 && $0.lanes.values.allSatisfy { $0.resync == nil } } }
  var position: Position { state.withLock { $0.lanes[.main]?.cursor.position ?? .zero } }

  func perform(_ operation: ReceiverOperation) -> ReceiverMachine.Input {
    switch operation {
    case .readLanes: .lanes(state.withLock { $0.lanes }, quarantined: [])
    case .apply(let plan): apply(plan)
    case .resetLanes(_, let expected, let next):
      state.withLock { state in
        guard expected.allSatisfy({ state.lanes[$0.key]?.cursor == $0.value.cursor }) else { return .cursorMoved }
        for (lane, value) in next { state.lanes[lane] = value }
        return .reset
      }
    case .collectTombstones:
      state.withLock { state in
        // No bulk request is ever outstanding here.
        let floors = state.lanes.values.map(\.cursor).min { $0.position < $1.position }
        if let floors {
          state.tombstones = state.tombstones.filter { !VersionGuard.mayForget($0.value, floor: floors) }
        }
        return .tidied
      }
    default: .failed(.refused)
    }
  }

  private func apply(_ plan: ApplyPlan) -> ReceiverMachine.Input {
    let changed: [RowImage]? = state.withLock { state in
      guard state.lanes[plan.lane]?.cursor == plan.expected.cursor else { return nil }
      var changed: [RowImage] = []
      for image in plan.rows {
        switch VersionGuard.decide(
          row: state.rows[image.row]?.version, tombstone: state.tombstones[image.row], image: image)
        {
        case .write:
          state.rows[image.row] = image
          state.tombstones[image.row] = nil
          changed.append(image)
        case .remove:
          state.rows[image.row] = nil
          state.tombstones[image.row] = image.version
        case .keep: continue
        }
      }
      if let sweep = plan.sweep {
        state.rows = state.rows.filter { Self.lane(of: $0.key.kind) != plan.lane || !sweep.isOlder($0.value.version) }
      }
      state.lanes[plan.lane] = plan.next
      return changed
    }
    guard let changed else { return .cursorMoved }
    for image in changed { written(image) }
    return .applied(nacks: [])
  }

  /// Lanes by kind, as docs/models.md has them.
  static func lane(of kind: Kind) -> Lane { ["user_status", "token_key"].contains(kind.name) ? .priority : .main }
}
