/// What is to be done with a rollout.
package enum RolloutDecision: Sendable, Hashable {
  /// Nothing yet.
  case wait(Reason)
  /// Release it to the ring at this place among the stages.
  case promote(Int)
  case complete
  case halt(RolloutFailure)

  package enum Reason: Sendable, Hashable {
    /// Control's own log is not fresh: nobody can be judged.
    case sourceStale
    /// These regions of the ring have not confirmed it.
    case unconfirmed([RegionNumber])
    /// The ring has it, and must keep it for so many seconds more.
    case soaking(Double)
    /// The ring has soaked; an operator promotes.
    case operatorPromotes
  }
}

/// A region that speaks against a revision.
package struct RolloutFailure: Sendable, Hashable {
  package enum Cause: Sendable, Hashable {
    /// It could not apply the revision, with the code of its NACK.
    case refused(String)
    /// It was live when it was given the revision, and is not any more.
    case failed(SyncState)
  }

  package let region: RegionNumber
  package let cause: Cause

  package init(region: RegionNumber, cause: Cause) {
    self.region = region
    self.cause = cause
  }

  /// Stable and upper-case.
  package var code: String {
    switch cause {
    case .refused: "REFUSED"
    case .failed: "REGION_FAILED"
    }
  }

  package var detail: String {
    switch cause {
    case .refused(let code): code
    case .failed(let state): state.rawValue
    }
  }
}
