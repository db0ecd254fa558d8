/// What a comparison says of one row.
public enum RowDifference: Sendable, Hashable {
  case equal
  /// A change is on its way, or the row keeps changing: no divergence as far as anybody can know.
  case inFlight
  /// The receiver is entitled to the row and lacks it.
  case missing
  /// The receiver holds a row that its owner does not have.
  case extra
  /// The receiver holds a row that exists and that it is not entitled to.
  case notEntitled
  /// These columns differ.
  case content([String])
  /// The receiver reported that it cannot apply the row.
  case quarantined(String)
  /// The receiver's version is beyond what the owner's log can have given: corrections would be refused as stale.
  case staleVersion

  /// Stable and upper-case.
  public var code: String {
    switch self {
    case .equal: "EQUAL"
    case .inFlight: "IN_FLIGHT"
    case .missing: "MISSING"
    case .extra: "EXTRA"
    case .notEntitled: "NOT_ENTITLED"
    case .content: "CONTENT"
    case .quarantined: "QUARANTINED"
    case .staleVersion: "STALE_VERSION"
    }
  }

  /// The columns that differ, or the code of the quarantine.
  public var details: [String] {
    switch self {
    case .content(let columns): columns
    case .quarantined(let code): [code]
    default: []
    }
  }

  /// Whether it is an incident: something that the protocol rules out has happened to the row.
  public var isDivergence: Bool {
    switch self {
    case .missing, .extra, .notEntitled, .content, .staleVersion: true
    case .equal, .inFlight, .quarantined: false
    }
  }

  /// From ``code`` and ``details``; nil for a code that is not known.
  public init?(code: String, details: [String]) {
    switch code {
    case "EQUAL": self = .equal
    case "IN_FLIGHT": self = .inFlight
    case "MISSING": self = .missing
    case "EXTRA": self = .extra
    case "NOT_ENTITLED": self = .notEntitled
    case "CONTENT": self = .content(details)
    case "QUARANTINED": self = .quarantined(details.first ?? "UNKNOWN")
    case "STALE_VERSION": self = .staleVersion
    default: return nil
    }
  }
}
