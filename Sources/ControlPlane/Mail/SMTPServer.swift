/// A server that takes mail over SMTP, as its setting names it: `smtp://[user:password@]host[:port][?tls=…][&ca=…]` or `smtps://…`.
///
/// `smtps` speaks TLS from the first byte (port 465). `smtp` (port 587) must offer STARTTLS unless the server is this machine or `tls=none` says
/// otherwise; `tls=required` demands it there, too. `ca` names a PEM file with the authorities to trust instead of the system's.
package struct SMTPServer: Sendable, Hashable {
  package enum Encryption: Sendable, Hashable {
    case implicit
    case startTLS
    case none
  }

  package let host: String
  package let port: Int
  package let encryption: Encryption
  package let user: String?
  /// Never without a ``user``.
  package let password: String?
  /// Path of a PEM file.
  package let authorities: String?

  /// Returns nil for anything that is not such a URL, and for credentials that would cross a network unencrypted.
  package init?(_ text: String) {
    let isImplicit = text.hasPrefix("smtps://")
    guard isImplicit || text.hasPrefix("smtp://"), text.utf8.count <= 1024,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    let parts = text.dropFirst(isImplicit ? 8 : 7).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard var authority = parts.first, let options = Self.options(parts.count == 2 ? parts[1] : "") else { return nil }
    if authority.hasSuffix("/") { authority.removeLast() }
    var credentials: (String, String)?
    if let at = authority.lastIndex(of: "@") {
      let pair = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2, let user = Self.decoded(pair[0]), let password = Self.decoded(pair[1]), !user.isEmpty
      else {
        return nil
      }
      credentials = (user, password)
      authority = authority[authority.index(after: at)...]
    }
    guard let (host, port) = Self.split(authority, standard: isImplicit ? 465 : 587) else { return nil }
    let isHere = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    switch (isImplicit, options["tls"]) {
    case (true, nil): encryption = .implicit
    case (false, "required"): encryption = .startTLS
    case (false, "none"): encryption = .none
    case (false, nil): encryption = isHere ? .none : .startTLS
    default: return nil
    }
    guard credentials == nil || isHere || encryption != .none else { return nil }
    self.host = host
    self.port = port
    user = credentials?.0
    password = credentials?.1
    authorities = options["ca"]
  }

  private static func split(_ authority: Substring, standard: Int) -> (String, Int)? {
    var host = authority
    var port = standard
    if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
      guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
        return nil
      }
      port = number
      host = authority[..<colon]
    }
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, host.utf8.count <= 253, !host.contains("/"), !host.contains("[") else { return nil }
    return (host.lowercased(), port)
  }

  private static func options(_ text: Substring) -> [String: String]? {
    var options: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, ["tls", "ca"].contains(parts[0]), let value = decoded(parts[1]), !value.isEmpty,
        options.updateValue(value, forKey: String(parts[0])) == nil
      else { return nil }
    }
    return options
  }

  /// Percent-decoded; nil for anything that is not valid.
  private static func decoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
        value >= 0x20
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
