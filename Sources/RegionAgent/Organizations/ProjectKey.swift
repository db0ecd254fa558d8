package import struct FoundationEssentials.Date

/// A public value by which clients name a project when they send data.
package struct ProjectKey: Sendable, Hashable {
  package var id: ProjectKeyID
  /// 32 lower-case hexadecimal digits.
  package var publicKey: String
  /// What people call it.
  package var name: String?
  /// Of its project.
  package var number: ProjectNumber
  package var isActive: Bool
  package var createdAt: Date
  /// Why control did not take the key a moment ago, such as another's earlier claim to the same public value; nil while it does.
  package var refusal: String?

  /// The form of a public value.
  package static func isPublicKey(_ text: String) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
