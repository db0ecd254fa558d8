import SyncProtocol

/// Rings and rollouts as lines.
enum RolloutText {
  static func rings(_ answer: JSONReader) throws -> [String] {
    let rows = try answer.field("rings").array(maximum: 64).map { ring in
      let regions = try ring.field("regions").array(maximum: 4096).map { try $0.string() }
      return ["ring", "place", "soak_seconds", "watch_seconds"].map { text(ring, $0) }
        + [regions.isEmpty ? "-" : regions.joined(separator: " ")]
    }
    return TextTable.lines(["RING", "PLACE", "SOAK", "WATCH", "REGIONS"], rows)
  }

  static func items(_ answer: JSONReader) -> [String] {
    let items = rows(answer, "items", ["name", "newest", "state"])
    return items.isEmpty ? ["There is none."] : TextTable.lines(["NAME", "NEWEST", "ROLLOUT"], items)
  }

  static func rollout(_ answer: JSONReader, of name: String) -> [String] {
    var line = "\(name): revision \(text(answer, "revision")) is \(text(answer, "state"))"
    if text(answer, "code") != "-" { line += " (\(text(answer, "code")) \(text(answer, "reason")))" }
    return [line + ".", "Look with: atoll flag status \(name)"]
  }

  static func status(_ answer: JSONReader) throws -> [String] {
    let rollouts = rows(answer, "rollouts", ["revision", "state", "code", "reason", "region", "created"])
    let revisions = try answer.field("revisions").array(maximum: 1000).map { revision in
      let value = try revision.field("value").value
      let shown = String(decoding: JSONWriter.write(value), as: UTF8.self)
      return [
        text(revision, "revision"), text(revision, "created"),
        text(revision, "removed") == "true" ? "(removed)" : String(shown.prefix(60)),
      ]
    }
    var lines = TextTable.lines(["REVISION", "CREATED", "VALUE"], revisions)
    guard !rollouts.isEmpty else { return lines + ["", "Nothing of it was released yet."] }
    lines += [""] + TextTable.lines(["ROLLOUT OF", "STATE", "CODE", "REASON", "REGION", "BEGUN"], rollouts)
    if text(answer, "waits_for") != "-" { lines.append(text(answer, "waits_for")) }
    var rings: [[String]] = []
    for ring in try answer.field("rings").array(maximum: 64) {
      let head = [text(ring, "ring"), text(ring, "reached"), text(ring, "revision")]
      let regions = rows(ring, "regions", ["region", "sync", "confirmed_seconds_ago", "refused"])
      rings += regions.isEmpty ? [head + ["-", "-", "-", "-"]] : regions.map { head + $0 }
    }
    return lines + [""]
      + TextTable.lines(["RING", "REACHED", "REVISION", "REGION", "SYNC", "CONFIRMED (S AGO)", "REFUSED"], rings)
  }

  static func text(_ reader: JSONReader, _ name: String) -> String {
    guard case .object(let object) = reader.value else { return "-" }
    switch object[name] {
    case .string(let text)?: return text.isEmpty ? "-" : text
    case .integer(let number)?: return String(number)
    case .bool(let flag)?: return String(flag)
    default: return "-"
    }
  }

  private static func rows(_ answer: JSONReader, _ name: String, _ columns: [String]) -> [[String]] {
    guard case .object(let object) = answer.value, case .array(let values)? = object[name] else { return [] }
    return values.map { value in columns.map { text(JSONReader(value), $0) } }
  }
}
