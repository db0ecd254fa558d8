/// What is known of a region's progress, and the state that follows from it. A value: control computes it from its own database, a region
/// about itself, a test from numbers.
///
/// A session, a held request or a hello counts as nothing here. What counts is a cursor that was sent (it *is* the acknowledgement of what
/// was applied), how old the oldest change behind it is, and how old the source's own last complete tick is.
package struct SyncProgress: Sendable, Hashable {
  package enum Standing: Sendable, Hashable {
    /// Created, or waiting for an operator.
    case waiting
    case active
    case revoked
  }

  /// One lane of one direction.
  package struct LaneProgress: Sendable, Hashable {
    /// Nil before the first cursor.
    package var position: Int64?
    /// Cursors below this one can no longer be served.
    package var retained: Int64
    /// Age of the oldest entry of the lane behind the cursor; 0 when there is none.
    package var behindSeconds: Double
    /// Since the cursor moved last.
    package var unmovedSeconds: Double

    package init(position: Int64?, retained: Int64 = 0, behindSeconds: Double = 0, unmovedSeconds: Double = 0) {
      self.position = position
      self.retained = retained
      self.behindSeconds = behindSeconds
      self.unmovedSeconds = unmovedSeconds
    }
  }

  package var enrollment: Standing
  /// The lanes that must have a cursor, and what is known of the other direction.
  package var lanes: [LaneProgress]
  /// Since cursors were last sent; nil when they never were.
  package var acknowledgedSeconds: Double?
  /// Since everything committed at the source was in its log; nil before its first complete tick.
  package var sourceSeconds: Double?
  /// Rows that wait in quarantine on either side.
  package var quarantined: Int64
  /// Whether a snapshot is under way.
  package var isRefilling = false
  /// Whether the region once held everything it may hold; a snapshot before that is the first one.
  package var wasComplete = true

  package init(
    enrollment: Standing, lanes: [LaneProgress], acknowledgedSeconds: Double?, sourceSeconds: Double?,
    quarantined: Int64 = 0
  ) {
    self.enrollment = enrollment
    self.lanes = lanes
    self.acknowledgedSeconds = acknowledgedSeconds
    self.sourceSeconds = sourceSeconds
    self.quarantined = quarantined
  }

  /// The state. The first rule that holds decides, the gravest first, except that a region without any cursor is `joining` whatever its age.
  package func state(limits: SyncStateLimits = SyncStateLimits()) -> SyncState {
    if enrollment == .revoked { return .revoked }
    if enrollment == .waiting || lanes.isEmpty || lanes.contains(where: { $0.position == nil }) { return .joining }
    if lanes.contains(where: { ($0.position ?? 0) < $0.retained }) { return .needsSnapshot }
    if isRefilling { return wasComplete ? .needsSnapshot : .joining }
    if isBeyond(limits.stalledSeconds, standing: true) { return .stalled }
    if quarantined > 0 || isBeyond(limits.degradedSeconds, standing: false) { return .degraded }
    return .live
  }

  /// Whether an age is above `seconds`. With `standing` a lane that is behind counts only if its cursor did not move for as long either:
  /// catching up is not standing still.
  private func isBeyond(_ seconds: Double, standing: Bool) -> Bool {
    guard let acknowledgedSeconds, acknowledgedSeconds <= seconds else { return true }
    guard let sourceSeconds, sourceSeconds <= seconds else { return true }
    return lanes.contains { $0.behindSeconds > seconds && (!standing || $0.unmovedSeconds > seconds) }
  }
}
