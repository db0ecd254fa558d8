/// Why an epoch began, which tells what may have been lost.
public enum EpochCause: String, Sendable, Hashable, CaseIterable {
  /// The log's first.
  case first
  /// Another cluster: a dump or a logical copy was loaded elsewhere. Transaction ids mean something else here.
  case system
  /// Another database of the same cluster: a dump was loaded beside or instead of the old one.
  case database
  /// A promotion: a failover, or a recovery to a point in time.
  case timeline
  /// The witness file outside the database remembers a log that went further, or another epoch.
  case witness
  /// A peer proved, by our own seal, a position or an epoch that this database does not know.
  case peer
  /// By hand.
  case `operator`

  /// One sentence for people.
  public var reason: String {
    switch self {
    case .first: "first"
    case .system: "the database runs in another cluster"
    case .database: "the database is another of the same cluster"
    case .timeline: "the server was promoted"
    case .witness: "the witness file remembers another history"
    case .peer: "a peer proved another history"
    case .operator: "an operator said so"
    }
  }
}
