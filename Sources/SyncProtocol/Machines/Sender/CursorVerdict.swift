/// Decides what a claimed cursor means to this log.
enum CursorVerdict: Sendable, Hashable {
  /// The lane continues behind the cursor.
  case continues(Cursor)
  /// Another history or none: start the receiver over.
  case resynchronize(SyncRefusal)
  /// The peer proved a history that this log lost: an epoch of at least this ordinal must start first.
  case startEpoch(atLeast: Int32)
  /// The peer only says so: refuse and alarm.
  case refuse(SyncRefusal)

  init(_ claim: CursorClaim, in view: LogView, planted: PlantedBug?) {
    guard let cursor = claim.cursor else {
      self = .resynchronize(.firstContact)
      return
    }
    if planted == .epochIgnored, cursor.position <= view.state.head {
      self = .continues(cursor)
    } else if cursor.epoch == view.state.epoch {
      self = Self.current(cursor, claim, view)
    } else if let fork = Self.fork(of: cursor.epoch, in: view) {
      self = Self.inherited(cursor, claim, fork, view, planted)
    } else if cursor.epoch.ordinal >= view.state.epoch.ordinal {
      self = Self.foreign(.epochUnknown, claim, cursor)
    } else {
      self = .resynchronize(.epochUnknown)
    }
  }

  /// Everything that led to the current epoch's ancestor survived up to the lowest fork on the way.
  private static func fork(of epoch: Epoch, in view: LogView) -> Position? {
    var lowest: Position?
    for record in view.ancestry {
      lowest = min(lowest ?? record.fork, record.fork)
      if record.epoch == epoch { return lowest }
    }
    return nil
  }

  private static func current(_ cursor: Cursor, _ claim: CursorClaim, _ view: LogView) -> CursorVerdict {
    if cursor.position > view.state.head || claim.seen.value - 1 > view.state.head.value {
      return foreign(.aheadOfHead, claim, cursor)
    }
    if cursor.position < view.retained { return .resynchronize(.cursorGone) }
    guard view.chains[cursor.position] == cursor.chain else {
      return foreign(.chainMismatch, claim, cursor)
    }
    return .continues(cursor)
  }

  private static func inherited(
    _ cursor: Cursor, _ claim: CursorClaim, _ fork: Position, _ view: LogView, _ planted: PlantedBug?
  ) -> CursorVerdict {
    let reach = planted == .forkAcceptsReadsBeyondIt ? cursor.position : max(cursor.position, claim.seen)
    guard reach <= fork else { return .resynchronize(.beyondFork) }
    if cursor.position < view.retained { return .resynchronize(.cursorGone) }
    guard view.chains[cursor.position] == cursor.chain else { return .resynchronize(.chainMismatch) }
    return .continues(Cursor(epoch: view.state.epoch, position: cursor.position, chain: cursor.chain))
  }

  private static func foreign(_ reason: SyncRefusal, _ claim: CursorClaim, _ cursor: Cursor) -> CursorVerdict {
    guard claim.isProven, cursor.epoch.ordinal < Int32.max else { return .refuse(reason) }
    return .startEpoch(atLeast: cursor.epoch.ordinal + 1)
  }
}
