/// What a process says about itself at `/ready`: every check by name, and the worst of them.
package struct HealthReport: Sendable, Equatable {
  /// From best to worst.
  package enum Status: String, Sendable, Comparable {
    case ok
    /// Serves, but something needs a look: old knowledge, a quarantined row.
    case degraded
    /// Must get no traffic.
    case unavailable

    private var rank: Int {
      switch self {
      case .ok: 0
      case .degraded: 1
      case .unavailable: 2
      }
    }

    package static func < (left: Status, right: Status) -> Bool { left.rank < right.rank }
  }

  /// One thing that was looked at.
  package struct Check: Sendable, Equatable {
    package let name: String
    package let status: Status
    /// What to do about it, one line; nil when all is well.
    package let advice: String?

    package init(name: String, status: Status, advice: String? = nil) {
      self.name = name
      self.status = status
      self.advice = advice
    }
  }

  package let checks: [Check]

  package init(checks: [Check]) { self.checks = checks }

  /// The worst of all checks; ``Status/ok`` when there are none.
  package var status: Status { checks.map(\.status).max() ?? .ok }
}
