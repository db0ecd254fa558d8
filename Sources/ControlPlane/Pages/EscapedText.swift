internal import Mustache

/// Escapes text for HTML, scalar by scalar.
///
/// The template engine escapes by `Character`: a quotation mark with a combining accent after it is another character to it and would go out as it is,
/// ending the attribute it stands in. So text reaches the engine as a template of its own that is escaped already.
enum EscapedText {
  /// `text` with everything that means something to HTML or to the engine as a reference.
  static func html(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&", "<", ">", "\"", "'", "`", "{", "}", "=": escaped += "&#\(scalar.value);"
      // No text of a page: a parser drops or replaces them, so what is seen would not be what is there.
      case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{7F}": escaped += "&#65533;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// A template that renders as the escaped text, whichever way it is asked for.
  static func template(_ text: String) throws -> MustacheTemplate { try MustacheTemplate(string: html(text)) }
}
