package import Silo

/// Where an organization is, as ``DirectoryMap`` knows it.
package struct OrganizationEntry: Sendable, Hashable {
  package let id: OrganizationID
  /// The slug in use, whichever name it was found by.
  package let slug: String
  package let region: RegionNumber
  /// Of its home: rises with each relocation.
  package let generation: Int64
  package let state: OrganizationHomeState
  /// Whether it was found by a slug that it gave up.
  package let isAlias: Bool
}
