import SyncProtocol

/// What a command has to say: the same facts as JSON and for a person.
struct CommandResult: Sendable {
  let json: JSONValue
  /// Lines for a terminal.
  let lines: [String]

  init(_ json: JSONValue, lines: [String]) {
    self.json = json
    self.lines = lines
  }
}

/// Lays out rows of text in columns.
enum TextTable {
  /// A head and rows with two spaces between columns; the last column is not padded.
  static func lines(_ head: [String], _ rows: [[String]]) -> [String] {
    let all = [head] + rows
    let widths = head.indices.map { column in all.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
    }
    return all.map { row in
      row.enumerated().map { column, cell in
        let isLast = column == row.count - 1
        return isLast ? cell : cell + String(repeating: " ", count: max(0, widths[column] - cell.count))
      }.joined(separator: "  ")
    }
  }
}
