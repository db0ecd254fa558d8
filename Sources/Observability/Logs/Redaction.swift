/// Takes out of a log value what must never be there.
///
/// Callers do not log secrets; this is the belt to those braces, because an error of a library may quote a connection string.
enum Redaction {
  /// The longest value that a log line carries, in bytes of UTF-8. Longer ones are cut.
  static let maximumBytes = 2_000
  /// The prefixes of Atoll's own secrets: session, operator, join and invitation tokens.
  static let secretPrefixes = ["atls_", "atlo_", "atlj_", "atli_", "atlk_"]

  /// `value` with tokens and passwords in URLs replaced by `[redacted]`, cut to ``maximumBytes``.
  static func clean(_ value: String) -> String {
    var result = value.utf8.count > maximumBytes ? String(value.prefix(maximumBytes / 4)) + "…" : value
    for prefix in secretPrefixes where result.contains(prefix) { result = withoutTokens(result, prefix: prefix) }
    if result.contains("://"), result.contains("@") { result = withoutPasswords(result) }
    if result.contains("@") { result = withoutAddresses(result) }
    return result
  }

  private static func withoutTokens(_ text: String, prefix: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.range(of: prefix) {
      result += rest[..<start.lowerBound] + prefix + "[redacted]"
      rest = rest[start.upperBound...].drop { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
    return result + rest
  }

  /// Whatever looks like an e-mail address becomes `[address]`: an error of the database quotes the value that it refused.
  private static func withoutAddresses(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let at = rest.firstIndex(of: "@") {
      let before = rest[..<at]
      let local = before.lastIndex { !Self.isLocal($0) }.map { before.index(after: $0) } ?? before.startIndex
      let after = rest[rest.index(after: at)...]
      let domain = after.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
      guard local < at, domain.contains(".") else {
        result += rest[...at]
        rest = after
        continue
      }
      result += before[..<local] + "[address]"
      rest = after.dropFirst(domain.count)
    }
    return result + rest
  }

  private static func isLocal(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || ".!#$%&'*+-/=?^_`{|}~".contains(character)
  }

  /// `scheme://user:password@host` becomes `scheme://user:[redacted]@host`.
  private static func withoutPasswords(_ text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let scheme = rest.range(of: "://") {
      result += rest[..<scheme.upperBound]
      rest = rest[scheme.upperBound...]
      let authority = rest.prefix { !$0.isWhitespace && $0 != "/" && $0 != "\"" && $0 != "'" }
      guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else { continue }
      result += authority[..<colon] + ":[redacted]"
      rest = rest[at...]
    }
    return result + rest
  }
}

extension Substring {
  /// The first occurrence of `text`, without Foundation.
  fileprivate func range(of text: String) -> Range<Index>? {
    guard let first = text.first else { return nil }
    var from = startIndex
    while let start = self[from...].firstIndex(of: first) {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      from = index(after: start)
    }
    return nil
  }
}
