/// The name of a ring of regions: a DNS label, such as `canary`.
package struct RingName: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let text: String

  /// Nil unless the text is a lower-case DNS label.
  package init?(_ text: String) {
    do { try DNSLabel.check(text) } catch { return nil }
    self.text = text
  }

  package var description: String { text }

  package static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}
