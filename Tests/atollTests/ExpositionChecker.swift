/// Checks Prometheus text exposition 0.0.4, strictly: what a scraper would drop and what `promtool check metrics` would complain about.
enum ExpositionChecker {
  /// Every offence, with its line.
  static func problems(_ text: String) -> [String] {
    var problems: [String] = []
    guard text.hasSuffix("\n") else { return ["the last line does not end"] }
    var family: (name: String, type: String)?
    var closed: Set<String> = []
    var help: Set<String> = []
    var series: Set<String> = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) {
      if line.hasPrefix("# HELP ") {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        if words.count < 4 { problems.append("no help: \(line)") }
        if words.count > 2, !help.insert(words[2]).inserted { problems.append("help twice: \(line)") }
      } else if line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 4, ["counter", "gauge", "histogram"].contains(words[3]) else {
          problems.append("no type: \(line)")
          continue
        }
        if !help.contains(words[2]) { problems.append("type without help: \(line)") }
        if !closed.insert(words[2]).inserted { problems.append("the family stands twice: \(line)") }
        family = (words[2], words[3])
        problems += nameProblems(words[2], words[3])
      } else {
        problems += sampleProblems(line, family, &series)
      }
    }
    return problems
  }

  private static func nameProblems(_ name: String, _ type: String) -> [String] {
    var problems: [String] = []
    if name.wholeMatch(of: #/[a-z_:][a-z0-9_:]*/#) == nil { problems.append("a name is not one: \(name)") }
    if type == "counter", !name.hasSuffix("_total") { problems.append("a counter without _total: \(name)") }
    if type != "counter", name.hasSuffix("_total") { problems.append("_total without being a counter: \(name)") }
    if type != "histogram", ["_bucket", "_count", "_sum"].contains(where: { name.hasSuffix($0) }) {
      problems.append("a suffix of histograms: \(name)")
    }
    for unit in ["milliseconds", "_ms", "minutes", "kilobytes", "percent"] where name.contains(unit) {
      problems.append("no base unit: \(name)")
    }
    return problems
  }

  private static func sampleProblems(
    _ line: String, _ family: (name: String, type: String)?, _ series: inout Set<String>
  ) -> [String] {
    let label = #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/#
    let sample = #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^\n]*\})? (NaN|[+-]Inf|-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)/#
    guard let match = line.wholeMatch(of: sample) else { return ["not a sample: \(line)"] }
    guard let family else { return ["a sample before its type: \(line)"] }
    var problems: [String] = []
    let name = String(match.1)
    let suffixes = family.type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
    if !suffixes.contains(where: { family.name + $0 == name }) {
      problems.append("a sample of another family: \(line)")
    }
    if let labels = match.2 {
      let inside = String(labels.dropFirst().dropLast())
      let found = inside.matches(of: label).map { String($0.0) }
      if found.joined(separator: ",") != inside { problems.append("labels do not parse: \(line)") }
      let names = found.compactMap { $0.split(separator: "=").first }
      if Set(names).count != names.count { problems.append("a label twice: \(line)") }
      if name.hasSuffix("_bucket"), family.type == "histogram", !names.contains("le") {
        problems.append("a bucket without le: \(line)")
      }
    }
    if !series.insert(name + String(match.2 ?? "")).inserted { problems.append("a series twice: \(line)") }
    if family.type == "counter", match.3.hasPrefix("-") { problems.append("a counter below 0: \(line)") }
    return problems
  }
}
