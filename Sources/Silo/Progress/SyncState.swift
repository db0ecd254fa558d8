/// How a region stands, decided by what was applied and never by an open connection: see ``SyncProgress/state(limits:)``.
package enum SyncState: String, Sendable, Hashable, CaseIterable {
  /// No agent was approved yet, or a lane has no cursor yet: nothing was promised.
  case joining
  /// Everything committed a moment ago is applied there.
  case live
  /// Behind, or a row was refused, but it moves.
  case degraded
  /// Nothing moves for too long, for whatever reason: the agent, its database, the link, or the source's sequencer.
  case stalled
  /// A cursor is below what the log still holds: only a snapshot brings it back.
  case needsSnapshot = "needs_snapshot"
  /// An operator took back its keys.
  case revoked
}
