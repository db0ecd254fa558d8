/// A name that people read: 1 to 200 bytes, without control characters, trimmed.
public struct DisplayName: Sendable, Hashable, CustomStringConvertible {
  public let text: String

  /// Returns nil for an empty or longer name or one with control characters.
  public init?(_ entered: String) {
    guard entered.utf8.count <= 1024 else { return nil }
    let scalars = entered.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return nil }
    let text = String(scalars[first...last])
    guard text.utf8.count <= 200, text.unicodeScalars.allSatisfy(Self.isAllowed) else { return nil }
    self.text = text
  }

  public var description: String { text }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
    default: true
    }
  }
}
