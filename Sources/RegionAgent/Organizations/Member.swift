package import struct FoundationEssentials.Date
package import Silo

/// A user's membership in an organization, with what is known here about the person.
package struct Member: Sendable, Hashable {
  package var id: GrantID
  package var user: UserID
  package var role: OrganizationRole
  /// Nil when the region's residency tier withholds it or it has not arrived.
  package var name: String?
  package var email: String?
  package var createdAt: Date
}
