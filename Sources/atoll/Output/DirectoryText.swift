import SyncProtocol

/// Documents of the directory as people read them.
enum DirectoryText {
  /// One line a member; members of members are indented.
  static func lines(_ value: JSONValue, indent: String = "") -> [String] {
    guard case .object(let object) = value else { return [indent + text(value)] }
    return object.members.flatMap { member -> [String] in
      switch member.value {
      case .object: [indent + member.key + ":"] + lines(member.value, indent: indent + "  ")
      case .array(let values) where values.isEmpty: [indent + member.key + ": none"]
      case .array(let values):
        [indent + member.key + ":"] + values.map { indent + "  " + row($0) }
      default: [indent + member.key + ": " + text(member.value)]
      }
    }
  }

  static func table(_ reader: JSONReader, _ columns: [String]) throws -> [String] {
    let rows = try reader.array(maximum: 4096).map { row in try columns.map { text(try row.object()[$0] ?? .null) } }
    return TextTable.lines(columns.map { $0.uppercased() }, rows)
  }

  private static func row(_ value: JSONValue) -> String {
    guard case .object(let object) = value else { return text(value) }
    return object.members.map { "\($0.key)=\(text($0.value))" }.joined(separator: " ")
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .string(let text): text.isEmpty ? "-" : text
    case .integer(let number): String(number)
    case .bool(let flag): flag ? "yes" : "no"
    case .null: "-"
    case .array(let values): values.map { text($0) }.joined(separator: ",")
    case .object: row(value)
    }
  }
}
