/// What a receiver says it has applied of one lane. Checked against the log before it counts as an acknowledgement.
public struct CursorClaim: Sendable, Hashable {
  public let lane: Lane
  /// Nil: the receiver has nothing yet.
  public let cursor: Cursor?
  /// ``LaneState/seen``. Read at delivery lets a receiver hold states newer than its cursor: after a restore a cursor below the fork may still
  /// stand for rows read beyond it. At most one more than the head in the current epoch.
  public let seen: Position
  /// Whether our own seal over the batch that led to this cursor came along and verified. A bare word starts no epoch.
  public let isProven: Bool

  public init(lane: Lane, cursor: Cursor?, seen: Position, isProven: Bool) {
    self.lane = lane
    self.cursor = cursor
    self.seen = seen
    self.isProven = isProven
  }
}

/// A row that the receiver could not apply, reported to the sender.
public struct Nack: Sendable, Hashable {
  public let row: RowReference
  /// Stable code such as `NO_GRANT`.
  public let code: String
  public let version: RowVersion

  public init(row: RowReference, code: String, version: RowVersion) {
    self.row = row
    self.code = code
    self.version = version
  }
}

/// One pull, or on the way up what control answered to a push: cursors are acknowledgements.
public struct SyncRequest: Sendable, Hashable {
  /// For whom rows are read: the authenticated peer, never its own word.
  public let receiver: SiloNumber
  /// At most one a lane; lanes that are missing are not served. When there is nothing new anywhere, the first is answered.
  public let claims: [CursorClaim]
  public let nacks: [Nack]
  /// Milliseconds that the answer may be held back while there is nothing new.
  public var holdLimit: Int64
  /// Whether the receiver takes snapshots, so that nothing has to be written to start it over.
  public let snapshots: SnapshotStanding

  /// The cursors that are claimed, by lane.
  public var cursors: [Lane: Cursor] { claims.reduce(into: [:]) { $0[$1.lane] = $1.cursor } }

  public init(
    receiver: SiloNumber, claims: [CursorClaim], nacks: [Nack], holdLimit: Int64, snapshots: SnapshotStanding = .unable
  ) {
    self.receiver = receiver
    self.claims = claims
    self.nacks = nacks
    self.holdLimit = holdLimit
    self.snapshots = snapshots
  }
}
