import SyncProtocol

/// Control's status document as a table: one row per region, direction and lane.
enum StatusTable {
  static func lines(_ status: JSONReader) -> [String] {
    let head = ["REGION", "STATE", "DIRECTION", "LANE", "CURSOR", "HEAD", "LAG ROWS", "LAG S", "QUARANTINED"]
    var rows: [[String]] = []
    for region in elements(status, "regions") {
      let lanes = elements(region, "lanes")
      if lanes.isEmpty {
        rows.append([text(region, "name"), text(region, "state")] + [String](repeating: "-", count: 7))
      }
      for (index, lane) in lanes.enumerated() {
        rows.append([
          index == 0 ? text(region, "name") : "", index == 0 ? text(region, "state") : "", text(lane, "direction"),
          text(lane, "lane"),
          text(lane, "cursor"), text(lane, "head"), text(lane, "lag_rows"), text(lane, "lag_seconds"),
          index == 0 ? text(region, "quarantined") : "",
        ])
      }
    }
    return TextTable.lines(head, rows) + waiting(status)
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
