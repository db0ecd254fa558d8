import ArgumentParser
import SyncProtocol

/// Everything a doctor found about one silo, the gravest first.
struct DoctorReport: Sendable {
  let silo: String
  let findings: [Finding]

  init(silo: String, findings: [Finding]) {
    self.silo = silo
    // Each once: two checks may see the same thing.
    var seen: Set<Finding> = []
    self.findings = findings.filter { seen.insert($0).inserted }
      .sorted { ($1.severity, $0.code.rawValue, $0.seen) < ($0.severity, $1.code.rawValue, $1.seen) }
  }

  /// 0 for notes at most, 1 for warnings, 2 for errors.
  var exitCode: Int32 { findings.map(\.severity.exitCode).max() ?? 0 }

  var result: CommandResult {
    let worst = findings.map(\.severity).max()
    let json: JSONValue = [
      "silo": .string(silo), "worst": worst.map { .string($0.rawValue) } ?? .null,
      "exit_code": .integer(Int64(exitCode)),
      "findings": .array(findings.map(\.json)),
    ]
    var lines: [String] = []
    for finding in findings {
      lines += [
        "\(finding.severity.rawValue.uppercased())  \(finding.code.rawValue)", "  seen: \(finding.seen)",
        "  mend: \(finding.code.mend)", "  more: \(finding.code.page)", "",
      ]
    }
    lines.append(findings.isEmpty ? "\(silo): nothing found." : "\(silo): \(summary).")
    return CommandResult(json, lines: lines)
  }

  private var summary: String {
    Finding.Severity.allCases.reversed().compactMap { severity in
      let count = findings.count { $0.severity == severity }
      return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }.joined(separator: ", ")
  }
}
