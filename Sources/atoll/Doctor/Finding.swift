import SyncProtocol

/// One thing that `atoll doctor` found. What to do about it stands with its code, and on the page `docs/doctor/CODE.md`.
struct Finding: Sendable, Hashable {
  enum Severity: String, Sendable, Hashable, Comparable, CaseIterable {
    /// Good to know.
    case note
    /// Will become trouble.
    case warning
    /// Is trouble.
    case error

    private var rank: Int32 {
      switch self {
      case .note: 0
      case .warning: 1
      case .error: 2
      }
    }

    /// What `atoll doctor` exits with when this is the worst.
    var exitCode: Int32 { rank }

    static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  let code: DoctorCode
  let severity: Severity
  /// What was seen, one line, with figures and names and without secrets.
  let seen: String

  /// - Parameter severity: nil for the code's own.
  init(_ code: DoctorCode, _ seen: String, severity: Severity? = nil) {
    self.code = code
    self.severity = severity ?? code.severity
    self.seen = seen
  }

  var json: JSONValue {
    [
      "code": .string(code.rawValue), "severity": .string(severity.rawValue), "seen": .string(seen),
      "mend": .string(code.mend), "page": .string(code.page),
    ]
  }
}
