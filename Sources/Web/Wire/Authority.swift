/// A host and perhaps a port, as `Host` and `:authority` carry them (RFC 9110 §7.2): in lower case, without a final dot, never with user information.
package struct Authority: Sendable, Hashable, CustomStringConvertible {
  /// A name or an IPv4 address in lower case, or an IPv6 address in brackets.
  package let host: String
  package let port: Int?

  /// Nil unless `text` is one host in ASCII (names from the wild come as `xn--…`), with a port from 1 to 65535 or none.
  package init?(_ text: some StringProtocol) {
    guard !text.isEmpty, text.utf8.count <= 261 else { return nil }
    var name = Substring(text.lowercased())
    var rest = name[...]
    if name.first == "[" {
      guard let end = name.firstIndex(of: "]") else { return nil }
      rest = name[name.index(after: end)...]
      name = name[...end]
      let address = name.dropFirst().dropLast()
      guard address.contains(":"), ClientAddress(address) != nil else { return nil }
    } else {
      let end = name.firstIndex(of: ":") ?? name.endIndex
      rest = name[end...]
      name = name[..<end]
      if name.last == "." { name = name.dropLast() }
      guard Self.isName(name) else { return nil }
    }
    host = String(name)
    guard !rest.isEmpty else {
      port = nil
      return
    }
    let digits = rest.dropFirst()
    guard rest.first == ":", (1...5).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt16(digits), number > 0
    else { return nil }
    port = Int(number)
  }

  package var description: String { port.map { "\(host):\($0)" } ?? host }

  /// Letters, digits, `-` and `_` between single dots.
  private static func isName(_ name: Substring) -> Bool {
    guard (1...253).contains(name.utf8.count) else { return false }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count)
        && label.utf8.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
          default: false
          }
        }
    }
  }
}
