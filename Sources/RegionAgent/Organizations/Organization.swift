package import struct FoundationEssentials.Date
package import Silo

/// An organization whose home is this region.
package struct Organization: Sendable, Hashable {
  package var id: OrganizationID
  package var slug: String
  package var name: String
  package var generation: Int64
  package var createdAt: Date
}
