import SyncProtocol

/// The log of a region where nothing ever changes: what ``SenderMachine`` asks of a database, answered from constants.
struct EmptyLog: Sendable {
  let epoch: Epoch

  /// - Parameter microseconds: since 1970; the heartbeat.
  func perform(_ operation: SenderOperation, microseconds: Int64) -> SenderMachine.Input {
    switch operation {
    case .readLog(_, let positions):
      .log(
        LogView(
          state: state(microseconds), ancestry: [], retained: .zero,
          chains: positions.contains(.zero) ? [.zero: .origin] : [:], hasUnsequenced: false, readAt: microseconds))
    case .recordAcknowledgement: .recorded
    case .finalizeExits: .finalized
    case .beginResync: .resynchronizing(token: Self.token)
    case .readEntries(_, _, let after, _): .entries(EntriesView(entries: [], through: after))
    case .readRows:
      .rows(DeliveryView(epoch: epoch, head: .zero, chain: .origin, hasUnsequenced: false, rows: []))
    default: .failed(.refused)
    }
  }

  private static let token: UInt64 = 5
  /// Sees ``token``.
  private static let snapshot = TransactionSnapshot(minimum: 10, maximum: 10, running: [])

  private func state(_ microseconds: Int64) -> LogState {
    var state = LogState(epoch: epoch)
    state.completeAsOf = microseconds
    state.completeSnapshot = Self.snapshot
    return state
  }
}
