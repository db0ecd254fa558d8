/// What an organization refuses when the region's knowledge of control's rows is old: revocations may be on their way that long.
package struct StalenessPolicy: Sendable, Hashable {
  /// What can be refused while knowledge is degraded.
  package enum Refusal: String, Sendable, Hashable, CaseIterable {
    /// Invitations, removals, roles, deletion, this policy.
    case administration
    /// Everything that is not a mere look.
    case changes
    /// Every request with an API token.
    case apiTokens = "api_tokens"
  }

  /// Seconds of age from which knowledge is degraded; nil: never.
  package var degradedSeconds: Int64?
  /// Seconds of age from which everything is refused; nil: never.
  package var closedSeconds: Int64?
  package var refused: Set<Refusal>

  package init(degradedSeconds: Int64?, closedSeconds: Int64?, refused: Set<Refusal>) {
    self.degradedSeconds = degradedSeconds
    self.closedSeconds = closedSeconds
    self.refused = refused
  }

  /// For organizations that set none: an outage of an hour stops administration, one of a week everything. The same stands in
  /// region.verdict of the database.
  package static let standard = StalenessPolicy(
    degradedSeconds: 3600, closedSeconds: 7 * 86_400, refused: [.administration])

  /// How knowledge of this age counts. - Parameter age: seconds; nil when nothing was ever complete, which is older than any bound.
  package func standing(age: Double?) -> KnowledgeStanding {
    if let closedSeconds, age.map({ $0 >= Double(closedSeconds) }) ?? true { return .closed }
    if let degradedSeconds, age.map({ $0 >= Double(degradedSeconds) }) ?? true { return .degraded }
    return .fresh
  }
}

/// How old knowledge counts for one organization.
package enum KnowledgeStanding: String, Sendable, Hashable, CaseIterable {
  case fresh, degraded, closed
}
