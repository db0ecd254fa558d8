/// The name of a team or project in URLs, unique in its organization: 1 to 63 of `a-z`, `0-9` and inner hyphens, and not only digits,
/// so that it is never taken for a number.
package struct ResourceSlug: Sendable, Hashable {
  package let text: String

  package init?(_ text: String) {
    let bytes = text.utf8
    guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D,
      bytes.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }),
      !bytes.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    self.text = text
  }

  static let rule = "a slug of 1 to 63 of a-z, 0-9 and inner hyphens, not only digits"
}
