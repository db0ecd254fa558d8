/// An answer of a mail server (RFC 5321 §4.2): a code, and the text of each line.
struct SMTPReply: Sendable, Hashable {
  let code: Int
  let lines: [String]

  var isPositive: Bool { (200..<400).contains(code) }

  /// The words of an EHLO answer after the first line, in upper case, each with its parameters.
  var capabilities: [String: [String]] {
    var found: [String: [String]] = [:]
    for line in lines.dropFirst() {
      // Some write `AUTH=LOGIN PLAIN`.
      let words = line.uppercased().replacing("AUTH=", with: "AUTH ").split(separator: " ").map(String.init)
      if let name = words.first { found[name, default: []] += words.dropFirst() }
    }
    return found
  }

  /// One line of an answer: code, whether it is the last one, text.
  static func parse(_ line: String) -> (code: Int, isLast: Bool, text: String)? {
    let bytes = Array(line.utf8)
    guard bytes.count >= 3, let code = Int(String(decoding: bytes.prefix(3), as: UTF8.self)), (200...599).contains(code)
    else { return nil }
    if bytes.count == 3 { return (code, true, "") }
    guard bytes[3] == UInt8(ascii: " ") || bytes[3] == UInt8(ascii: "-") else { return nil }
    return (code, bytes[3] == UInt8(ascii: " "), String(decoding: bytes.dropFirst(4), as: UTF8.self))
  }
}
