internal import SyncProtocol

/// Text in a mail's header (RFC 5322 §2.2, RFC 2047).
enum HeaderText {
  /// Bytes of text in one encoded word, so that it has at most 75 characters and folded lines stay below 78.
  private static let chunk = 42

  /// One line of text: as it is when it is printable ASCII of a moderate length, in encoded words otherwise.
  /// - Throws: ``MailFailure`` when the text holds a line break or another control character: it would be a header of its own.
  static func encode(_ text: String) throws(MailFailure) -> String {
    try check(text)
    if text.utf8.count <= 60, text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }), !text.contains("=?") { return text }
    return words(text).joined(separator: "\r\n ")
  }

  /// A display name before an address: quoted when it needs it.
  static func phrase(_ text: String) throws(MailFailure) -> String {
    let encoded = try encode(text)
    guard encoded == text, !text.utf8.allSatisfy(isAtomOrSpace) else { return encoded }
    return "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  static func check(_ text: String) throws(MailFailure) {
    let isClean = text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
    guard isClean else { throw MailFailure("a control character in a header", isPermanent: true) }
  }

  /// Whole characters only: a word that ends inside of one is not valid.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      let encoded = Array(String(scalar).utf8)
      if bytes.count + encoded.count > chunk {
        words.append(word(bytes))
        bytes.removeAll()
      }
      bytes.append(contentsOf: encoded)
    }
    if !bytes.isEmpty { words.append(word(bytes)) }
    return words
  }

  private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes, .standard))?=" }

  private static func isAtomOrSpace(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x20, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"): true
    default: false
    }
  }
}
