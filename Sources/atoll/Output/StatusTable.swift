import SyncProtocol

/// Control's status document as a table: one row per region, direction and lane.
enum StatusTable {
  static func lines(_ status: JSONReader) -> [String] {
    let head = [
      "REGION", "STATE", "DIRECTION", "LANE", "CURSOR", "HEAD", "LAG ROWS", "LAG S", "QUARANTINED", "INCIDENTS",
    ]
    var rows: [[String]] = []
    for region in elements(status, "regions") {
      let lanes = elements(region, "lanes")
      if lanes.isEmpty {
        rows.append([text(region, "name"), state(region)] + [String](repeating: "-", count: 8))
      }
      for (index, lane) in lanes.enumerated() {
        rows.append([
          index == 0 ? text(region, "name") : "", index == 0 ? state(region) : "", text(lane, "direction"),
          text(lane, "lane"),
          text(lane, "cursor"), text(lane, "head"), text(lane, "lag_rows"), text(lane, "lag_seconds"),
          index == 0 ? text(region, "quarantined") : "", index == 0 ? text(region, "incidents_open") : "",
        ])
      }
    }
    return log(status) + TextTable.lines(head, rows) + snapshots(status) + standbys(status) + waiting(status)
      + diverged(status)
  }

  /// Control's own log, and whether a restore keeps it from granting.
  private static func log(_ status: JSONReader) -> [String] {
    guard case .object(let object) = status.value, let log = object["log"].map({ JSONReader($0) }) else { return [] }
    let line =
      "control: epoch \(text(log, "epoch")) (\(text(log, "cause"))), parent \(text(log, "parent")), fork "
      + "\(text(log, "fork")), head \(text(log, "head"))"
    guard let reconcile = object["reconcile"].map({ JSONReader($0) }), text(reconcile, "state") != "normal" else {
      return [line]
    }
    let awaited = text(reconcile, "awaited")
    return [line, "control is \(text(reconcile, "state")), waits for \(awaited) regions: atoll reconcile status"]
  }

  /// A progress bar for each snapshot under way.
  private static func snapshots(_ status: JSONReader) -> [String] {
    elements(status, "regions").flatMap { region -> [String] in
      guard case .object(let object) = region.value, case .object(let both)? = object["snapshot"] else { return [] }
      return ["down", "up"].compactMap { direction in
        guard let progress = both[direction], progress != .null else { return nil }
        return "Snapshot \(direction) \(text(region, "name")): " + ProgressBar.line(JSONReader(progress))
      }
    }
  }

  /// What a region has applied; what an operator decided about it only where that is not the usual.
  private static func state(_ region: JSONReader) -> String {
    let enrolled = text(region, "state")
    return enrolled == "active" || enrolled == "revoked"
      ? text(region, "sync") : "\(text(region, "sync")) (\(enrolled))"
  }

  /// The regions that have more than one agent: which is active, which stand by.
  private static func standbys(_ status: JSONReader) -> [String] {
    elements(status, "regions").flatMap { region -> [String] in
      let waiting = elements(region, "standby_agents").map { agent in
        "  standby \(text(agent, "fingerprint")), seen \(text(agent, "seen_seconds_ago")) s ago"
      }
      return waiting.isEmpty
        ? [] : ["Agents of \(text(region, "name")):", "  active  \(text(region, "active_agent"))"] + waiting
    }
  }

  /// The regions with rows that must not differ and do.
  private static func diverged(_ status: JSONReader) -> [String] {
    elements(status, "regions").compactMap { region in
      guard case .object(let object) = region.value, case .integer(let open)? = object["incidents_open"], open > 0
      else {
        return nil
      }
      return "Rows diverged: atoll diff region \(text(region, "name")) --repair"
    }
  }

  /// The agents that an operator has to compare and approve.
  private static func waiting(_ status: JSONReader) -> [String] {
    elements(status, "regions").flatMap { region in
      elements(region, "pending_fingerprints").compactMap { fingerprint in
        guard case .string(let text) = fingerprint.value else { return nil }
        let name = Self.text(region, "name")
        return "An agent waits: atoll region approve \(name) --fingerprint \(text)"
      }
    }
  }

  /// A region's own document: one row per direction and lane.
  static func lanes(_ status: JSONReader) -> [String] {
    let columns = ["direction", "lane", "cursor", "head", "lag_rows", "lag_seconds"]
    let rows = elements(status, "lanes").map { lane in columns.map { text(lane, $0) } }
    return TextTable.lines(columns.map { $0.replacing("_", with: " ").uppercased() }, rows)
  }

  private static func elements(_ reader: JSONReader, _ name: String) -> [JSONReader] {
    guard case .object(let object) = reader.value, case .array(let values)? = object[name] else { return [] }
    return values.map { JSONReader($0) }
  }

  private static func text(_ reader: JSONReader, _ name: String) -> String {
    guard case .object(let object) = reader.value else { return "-" }
    switch object[name] {
    case .string(let text)?: return text
    case .integer(let number)?: return String(number)
    default: return "-"
    }
  }
}
