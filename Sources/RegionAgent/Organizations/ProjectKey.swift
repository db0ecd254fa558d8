package import struct FoundationEssentials.Date

/// A public value by which clients name a project when they send data.
package struct ProjectKey: Sendable, Hashable {
  package var id: ProjectKeyID
  /// 32 lower-case hexadecimal digits.
  package var publicKey: String
  package var isActive: Bool
  package var createdAt: Date
}
