package import FoundationEssentials
package import Silo

/// Whose a project key is, as ``DirectoryMap`` knows it. Region and generation are those of the organization's home.
package struct KeyEntry: Sendable, Hashable {
  package let organization: OrganizationID
  package let region: RegionNumber
  package let generation: Int64
  package let project: UUID
  package let isActive: Bool
}
