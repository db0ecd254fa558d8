package import struct FoundationEssentials.Date

/// What an application's data belongs to.
package struct Project: Sendable, Hashable {
  package var id: ProjectID
  package var slug: String
  package var name: String
  /// What stands for it in DSNs; never changes.
  package var number: ProjectNumber
  package var createdAt: Date
}
