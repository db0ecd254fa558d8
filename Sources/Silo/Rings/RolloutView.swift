/// What is known of a rollout at one moment, ring by ring, and what follows from it. A value: control computes it from its database, the simulator from its
/// own, a test from numbers.
package struct RolloutView: Sendable, Hashable {
  /// A region of a ring.
  package struct Region: Sendable, Hashable {
    package var number: RegionNumber
    /// How it stands now.
    package var state: SyncState
    /// Whether it was live when it was given the revision: only then its failure can be the revision's.
    package var wasLive: Bool
    /// Since it was given the revision; nil when it was not.
    package var givenSeconds: Double?
    /// Since it was known to have taken or refused what it was given; nil when it is not known.
    package var appliedSeconds: Double?
    /// The code with which it refused the revision.
    package var refusal: String?
    /// An operator went on despite this region.
    package var isExcused: Bool

    package init(
      number: RegionNumber, state: SyncState, wasLive: Bool = true, givenSeconds: Double? = nil,
      appliedSeconds: Double? = nil, refusal: String? = nil, isExcused: Bool = false
    ) {
      self.number = number
      self.state = state
      self.wasLive = wasLive
      self.givenSeconds = givenSeconds
      self.appliedSeconds = appliedSeconds
      self.refusal = refusal
      self.isExcused = isExcused
    }
  }

  /// A ring.
  package struct Stage: Sendable, Hashable {
    package var ring: RingName
    /// How long every region must have had the revision before it goes on.
    package var soakSeconds: Double
    /// How long a failure counts after a region was given the revision.
    package var watchSeconds: Double
    package var isReleased: Bool
    package var regions: [Region]

    package init(ring: RingName, soakSeconds: Double, watchSeconds: Double, isReleased: Bool, regions: [Region]) {
      self.ring = ring
      self.soakSeconds = soakSeconds
      self.watchSeconds = watchSeconds
      self.isReleased = isReleased
      self.regions = regions
    }
  }

  /// In order, the canary first.
  package var stages: [Stage]
  /// Whether control's own log is fresh. If it is not, every region looks stalled, and that is no region's failure.
  package var isSourceFresh: Bool
  /// Whether it goes on by itself when a ring has soaked.
  package var isAutomatic: Bool

  package init(stages: [Stage], isSourceFresh: Bool, isAutomatic: Bool) {
    self.stages = stages
    self.isSourceFresh = isSourceFresh
    self.isAutomatic = isAutomatic
  }
}
