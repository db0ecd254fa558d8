/// A label of a metric. The name is a constant of the program; the value comes from a closed set (a lane, a region of the registry).
package struct MetricLabel: Sendable {
  package let name: StaticString
  package let value: String

  package init(_ name: StaticString, _ value: String) {
    self.name = name
    self.value = value
  }

  /// `{a="1",b="2"}`, in order of the names and escaped as the text format asks; empty without labels.
  static func text(_ labels: [MetricLabel], _ more: (name: String, value: String)? = nil) -> String {
    var pairs = labels.map { (name: $0.name.description, value: $0.value) }
    if let more { pairs.append(more) }
    if pairs.isEmpty { return "" }
    pairs.sort { $0.name < $1.name }
    var text = "{"
    for (name, value) in pairs {
      if text.utf8.count > 1 { text += "," }
      text += name
      text += "=\""
      text += escaped(value)
      text += "\""
    }
    return text + "}"
  }

  private static func escaped(_ value: String) -> String {
    guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
    var result = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
