/// What a template shows under one name.
package enum PageValue: Sendable {
  /// Text of anybody's; escaped wherever it stands.
  case text(String)
  case flag(Bool)
  case list([PageContext])
  case context(PageContext)
  /// Nothing: the section is left out.
  case none

  var isSomething: Bool {
    switch self {
    case .flag(let flag): flag
    case .list(let list): !list.isEmpty
    case .none: false
    case .text, .context: true
    }
  }

  /// Text, or nothing.
  package static func optional(_ text: String?) -> PageValue { text.map { .text($0) } ?? .none }
}

extension PageValue: ExpressibleByStringInterpolation, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral {
  package init(stringLiteral text: String) { self = .text(text) }
  package init(booleanLiteral flag: Bool) { self = .flag(flag) }
  package init(arrayLiteral elements: PageContext...) { self = .list(elements) }
}

/// The values of a page, or of one element of a list in it, by name.
package struct PageContext: Sendable, ExpressibleByDictionaryLiteral {
  private var values: [String: PageValue]

  package init(dictionaryLiteral elements: (String, PageValue)...) {
    values = Dictionary(elements) { $1 }
  }

  package subscript(_ name: String) -> PageValue {
    get { values[name] ?? .none }
    set { values[name] = newValue }
  }

  /// These values, and the other's where both have one.
  package func merging(_ other: PageContext) -> PageContext {
    var merged = self
    merged.values.merge(other.values) { $1 }
    return merged
  }

  /// As the template engine takes it. A section about text is `{{#has_name}}`: `{{#name}}` would make the text the context of what is inside.
  func rendered() throws -> [String: Any] {
    var rendered: [String: Any] = [:]
    for (name, value) in values {
      rendered["has_\(name)"] = value.isSomething
      switch value {
      case .text(let text): rendered[name] = try EscapedText.template(text)
      case .flag(let flag): rendered[name] = flag
      case .list(let list): rendered[name] = try list.map { try $0.rendered() }
      case .context(let context): rendered[name] = try context.rendered()
      // Said and not left out: the engine would look for the name in the surrounding context.
      case .none: rendered[name] = false
      }
    }
    return rendered
  }
}
