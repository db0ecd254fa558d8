extension RolloutView {
  /// What is to be done now. The first rule that holds decides: a refusal, a failure, then whether the last ring that has the revision has soaked.
  package func decide() -> RolloutDecision {
    if let failure = failures.first { return .halt(failure) }
    guard isSourceFresh else { return .wait(.sourceStale) }
    guard let last = stages.lastIndex(where: \.isReleased) else { return stages.isEmpty ? .complete : .promote(0) }
    if let reason = stages[last].reasonToWait { return .wait(reason) }
    guard last + 1 < stages.count else { return .complete }
    return isAutomatic ? .promote(last + 1) : .wait(.operatorPromotes)
  }

  /// Every region that speaks against the revision and was not excused, refusals first. A refusal counts whenever it comes; a failure only as long as
  /// the ring is watched, and only while control's own log is fresh.
  package var failures: [RolloutFailure] {
    let given = stages.filter(\.isReleased)
    let refused = given.flatMap(\.regions).compactMap { region -> RolloutFailure? in
      guard !region.isExcused, let code = region.refusal else { return nil }
      return RolloutFailure(region: region.number, cause: .refused(code))
    }
    guard isSourceFresh else { return refused }
    return refused
      + given.flatMap { stage in
        stage.regions.compactMap { region -> RolloutFailure? in
          guard !region.isExcused, region.refusal == nil, region.wasLive, let since = region.givenSeconds,
            since <= stage.watchSeconds, region.state.isFailure
          else { return nil }
          return RolloutFailure(region: region.number, cause: .failed(region.state))
        }
      }
  }
}

extension RolloutView.Stage {
  /// Why the revision does not go on from this ring yet; nil when it may.
  ///
  /// Whoever was live when it was given must have confirmed, and somebody at least: silence proves nothing. A ring without agents holds nobody up.
  fileprivate var reasonToWait: RolloutDecision.Reason? {
    let present = regions.filter { !$0.isExcused && $0.state != .joining && $0.state != .revoked }
    let required = present.filter(\.wasLive)
    let unconfirmed = required.filter { $0.appliedSeconds == nil }
    guard unconfirmed.isEmpty else { return .unconfirmed(unconfirmed.map(\.number)) }
    let confirmed = required.isEmpty ? present.compactMap(\.appliedSeconds) : required.compactMap(\.appliedSeconds)
    guard !present.isEmpty else { return nil }
    guard let youngest = confirmed.min() else { return .unconfirmed(present.map(\.number)) }
    return youngest < soakSeconds ? .soaking(soakSeconds - youngest) : nil
  }
}

extension SyncState {
  /// Whether a region that was live a while ago and is this now has failed.
  fileprivate var isFailure: Bool {
    switch self {
    case .degraded, .stalled, .needsSnapshot: true
    case .joining, .live, .revoked: false
    }
  }
}
