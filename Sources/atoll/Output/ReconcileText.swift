import SyncProtocol

/// The reconciliation as lines: what it means, a table of regions, what waits for a decision.
enum ReconcileText {
  static func lines(_ answer: JSONReader) -> [String] {
    let state = text(answer, "state")
    var lines = [
      "state: \(state) (epoch \(text(answer, "epoch")), cause \(text(answer, "cause")), fork \(text(answer, "fork")))"
    ]
    switch state {
    case "verifying": lines.append("Control asks whether a failover lost anything. New grants wait; nothing else does.")
    case "reconciling": lines.append("Control's database lost something. New grants wait; sessions have ended.")
    default: lines.append("Control grants.")
    }
    let regions = rows(answer, "regions", ["name", "standing", "receipts", "differences", "parked"])
    if !regions.isEmpty {
      lines += [""] + TextTable.lines(["REGION", "STANDING", "RECEIPTS", "DIFFERENCES", "PARKED"], regions)
    }
    if state != "normal" {
      lines += regions.filter { $0[1] == "awaited" }.map { "To go on without it: atoll reconcile release \($0[0])" }
    }
    let parked = rows(answer, "parked", ["region", "kind", "key", "code", "since"])
    if !parked.isEmpty { lines += [""] + TextTable.lines(["REGION", "KIND", "KEY", "PARKED", "SINCE"], parked) }
    return lines
  }

  private static func rows(_ answer: JSONReader, _ name: String, _ columns: [String]) -> [[String]] {
    guard case .object(let object) = answer.value, case .array(let values)? = object[name] else { return [] }
    return values.map { value in columns.map { text(JSONReader(value), $0) } }
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
