package import struct FoundationEssentials.Date

/// A group of members of an organization.
package struct Team: Sendable, Hashable {
  package var id: TeamID
  package var slug: String
  package var name: String
  package var createdAt: Date
}
