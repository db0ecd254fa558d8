import SyncProtocol

/// How far a snapshot is, in one line of text.
enum ProgressBar {
  static let width = 24

  /// From a status document's `snapshot`.
  static func line(_ progress: JSONReader) -> String {
    guard case .object(let object) = progress.value else { return "" }
    func number(_ name: String) -> Int64? {
      if case .integer(let value)? = object[name] { value } else { nil }
    }
    return line(
      rows: number("rows") ?? 0, expected: number("expected"), rate: number("rows_per_second") ?? 0,
      secondsLeft: number("seconds_left"))
  }

  /// `[######..................] 25 %, 250 000 of about 1 000 000 rows, 61 000 rows/s, 13 s left`; without the bar while nobody knows how
  /// much there is.
  static func line(rows: Int64, expected: Int64?, rate: Int64, secondsLeft: Int64?) -> String {
    var parts: [String] = []
    if let expected, expected > 0 {
      let share = Double(min(max(0, rows), expected)) / Double(expected)
      let filled = Int(share * Double(width))
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
      parts.append("[\(bar)] \(min(99, Int(share * 100))) %")
      parts.append("\(grouped(rows)) of about \(grouped(expected)) rows")
    } else {
      parts.append("\(grouped(rows)) rows")
    }
    if rate > 0 { parts.append("\(grouped(rate)) rows/s") }
    if let secondsLeft { parts.append(time(secondsLeft) + " left") }
    return parts.joined(separator: ", ")
  }

  private static func time(_ seconds: Int64) -> String {
    if seconds < 120 { return "\(seconds) s" }
    return seconds < 7200 ? "\(seconds / 60) min" : "\(seconds / 3600) h"
  }

  private static func grouped(_ number: Int64) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0, digit != "-" { text.append(" ") }
      text.append(digit)
    }
    return String(text.reversed())
  }
}
