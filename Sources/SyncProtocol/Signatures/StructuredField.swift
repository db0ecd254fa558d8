/// The part of Structured Fields (RFC 8941) that signatures and digests need: a dictionary whose members are byte sequences or inner lists.
///
/// Stricter than the RFC, where a repeated key silently replaces the first: repeated keys and parameters are refused.
struct StructuredField: Sendable, Hashable {
  struct Member: Sendable, Hashable {
    let key: String
    let value: Value
  }

  enum Value: Sendable, Hashable {
    case item(Bare, [Parameter])
    case innerList([Item], [Parameter])
  }

  struct Item: Sendable, Hashable {
    let bare: Bare
    let parameters: [Parameter]
  }

  struct Parameter: Sendable, Hashable {
    let key: String
    let value: Bare
  }

  enum Bare: Sendable, Hashable {
    case integer(Int64)
    case string(String)
    case token(String)
    case bytes([UInt8])
    case boolean(Bool)
  }

  let members: [Member]

  /// Returns nil for anything that is not such a dictionary. `text` must be bounded by the caller.
  init?(_ text: String) {
    var parser = StructuredFieldParser(text)
    guard let members = parser.dictionary() else { return nil }
    self.members = members
  }

  subscript(key: String) -> Value? { members.first { $0.key == key }?.value }
}

extension StructuredField.Bare {
  /// The canonical text (RFC 8941 §4.1).
  var serialized: String {
    switch self {
    case .integer(let value): String(value)
    case .string(let text): StructuredField.quoted(text)
    case .token(let text): text
    case .bytes(let bytes): ":\(Base64.encode(bytes, .standard)):"
    case .boolean(let value): value ? "?1" : "?0"
    }
  }
}

extension StructuredField {
  /// `text` as a string of the RFC; it must be printable ASCII.
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for character in text.unicodeScalars {
      if character == "\"" || character == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append(character)
    }
    return quoted + "\""
  }

  static func serialize(_ parameters: [Parameter]) -> String {
    parameters.map { $0.value == .boolean(true) ? ";\($0.key)" : ";\($0.key)=\($0.value.serialized)" }.joined()
  }

  static func serialize(_ items: [Item], _ parameters: [Parameter]) -> String {
    "(" + items.map { $0.bare.serialized + serialize($0.parameters) }.joined(separator: " ") + ")"
      + serialize(parameters)
  }
}
