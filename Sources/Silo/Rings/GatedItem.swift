package import SyncProtocol

/// What reaches one ring of regions after another: a name within a ring-gated kind, such as the feature flag `new-checkout`.
package struct GatedItem: Sendable, Hashable, CustomStringConvertible {
  package let kind: Kind
  package let name: String

  /// Nil unless the kind is ring-gated and the name has 1 to 128 lower-case letters, digits, dots, hyphens or underscores and begins with a letter or digit.
  package init?(kind: String, name: String) {
    guard let model = ReplicatedModels.ringGated.first(where: { $0.kind.name == kind }) else { return nil }
    let isAlphanumeric = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    guard (1...128).contains(name.utf8.count), let first = name.utf8.first, isAlphanumeric(first),
      name.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F })
    else { return nil }
    self.kind = model.kind
    self.name = name
  }

  package var description: String { "\(kind.name)/\(name)" }
}
