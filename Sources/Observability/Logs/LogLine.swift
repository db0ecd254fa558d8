/// One log event on its way to text: a constant message, sorted fields, one line.
struct LogLine: Sendable {
  let time: LogTime
  let level: String
  let label: String
  let message: String
  /// Sorted by key; already redacted.
  let fields: [(key: String, value: String)]

  /// A JSON object on one line, keys `time`, `level`, `logger`, `message`, then the fields.
  var json: String {
    var text = "{\"time\":\"\(time)\",\"level\":\"\(level)\""
    append("logger", label, to: &text)
    append("message", message, to: &text)
    for field in fields { append(field.key, field.value, to: &text) }
    return text + "}\n"
  }

  /// `12:00:00.000 info  message key=value …`
  var text: String {
    let padding = String(repeating: " ", count: max(0, 8 - level.count))
    let pairs = fields.map { " \($0.key)=\(Self.plain($0.value))" }.joined()
    return "\(time.clock) \(level)\(padding) \(Self.plain(message))\(pairs)\n"
  }

  private func append(_ key: String, _ value: String, to text: inout String) {
    text += ",\"\(Self.escaped(key))\":\"\(Self.escaped(value))\""
  }

  /// RFC 8259: quotation mark, backslash and control characters are escaped.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A value that cannot forge another line or colour a terminal.
  private static func plain(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
  }
}
