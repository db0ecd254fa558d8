package import FoundationEssentials
package import Silo

/// What a map learns at once: rows as they are now, and keys of rows that are gone.
package struct DirectoryChanges: Sendable, Hashable {
  package struct Organization: Sendable, Hashable {
    package let id: OrganizationID
    package let slug: String
    package let region: RegionNumber
    package let generation: Int64
    package let state: OrganizationHomeState

    package init(
      id: OrganizationID, slug: String, region: RegionNumber, generation: Int64 = 1,
      state: OrganizationHomeState = .active
    ) {
      self.id = id
      self.slug = slug
      self.region = region
      self.generation = generation
      self.state = state
    }
  }

  package struct Slug: Sendable, Hashable {
    package let text: String
    package let organization: OrganizationID
    /// Whether the organization gave it up, and it rests.
    package let isAlias: Bool

    package init(_ text: String, of organization: OrganizationID, isAlias: Bool = false) {
      self.text = text
      self.organization = organization
      self.isAlias = isAlias
    }
  }

  package struct Key: Sendable, Hashable {
    package let publicKey: String
    package let organization: OrganizationID
    package let project: UUID
    package let isActive: Bool

    package init(_ publicKey: String, organization: OrganizationID, project: UUID, isActive: Bool = true) {
      self.publicKey = publicKey
      self.organization = organization
      self.project = project
      self.isActive = isActive
    }
  }

  /// All regions there are.
  package struct Regions: Sendable, Hashable {
    package let all: [RegionEntry]
    package let defaultRegion: RegionNumber?

    package init(_ all: [RegionEntry], defaultRegion: RegionNumber? = nil) {
      self.all = all
      self.defaultRegion = defaultRegion
    }
  }

  package var organizations: [Organization] = []
  package var slugs: [Slug] = []
  package var keys: [Key] = []
  package var goneOrganizations: [OrganizationID] = []
  package var goneSlugs: [String] = []
  package var goneKeys: [String] = []
  /// Nil when no region changed.
  package var regions: Regions?

  package init() {}

  package var isEmpty: Bool { self == DirectoryChanges() }
}
