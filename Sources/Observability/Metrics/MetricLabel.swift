/// A label of a metric. The name is a constant of the program; the value comes from a closed set (a lane, a region of the registry).
package struct MetricLabel: Sendable {
  package let name: StaticString
  package let value: String

  package init(_ name: StaticString, _ value: String) {
    self.name = name
    self.value = value
  }

  /// `{a="1",b="2"}`, escaped as the text format asks; empty without labels.
  static func text(_ labels: [MetricLabel]) -> String {
    if labels.isEmpty { return "" }
    let pairs = labels.sorted { $0.name.description < $1.name.description }
      .map { "\($0.name)=\"\(escaped($0.value))\"" }
    return "{" + pairs.joined(separator: ",") + "}"
  }

  private static func escaped(_ value: String) -> String {
    var result = ""
    for character in value {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.append(character)
      }
    }
    return result
  }
}
