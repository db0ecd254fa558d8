package import SyncProtocol

/// Decides what a returned receipt of an organization's home changes at a control that may not remember it.
///
/// Generation and revision join by maximum. A slug has one owner at every instant: of two claims that control itself sealed the newer one stands, the
/// other waits for an operator.
package enum HomeMerge {
  /// How new a claim is: generations rise with relocations, revisions with every change of slug or home.
  package struct Version: Sendable, Hashable, Comparable {
    package let generation: Int64
    package let revision: Int64

    package init(generation: Int64, revision: Int64) {
      self.generation = generation
      self.revision = revision
    }

    package static func < (left: Self, right: Self) -> Bool {
      (left.generation, left.revision) < (right.generation, right.revision)
    }
  }

  /// A home as the receipt says it: given to the region that returns it.
  package struct Claim: Sendable, Hashable {
    package let organization: OrganizationID
    package let region: RegionNumber
    package let slug: String
    package let version: Version

    package init(organization: OrganizationID, region: RegionNumber, slug: String, version: Version) {
      self.organization = organization
      self.region = region
      self.slug = slug
      self.version = version
    }
  }

  /// A home as control remembers it.
  package struct Known: Sendable, Hashable {
    package let region: RegionNumber
    package let slug: String
    package let version: Version
    package let isEnded: Bool

    package init(region: RegionNumber, slug: String, version: Version, isEnded: Bool) {
      self.region = region
      self.slug = slug
      self.version = version
      self.isEnded = isEnded
    }
  }

  /// Who has the claimed slug at control; a slug whose rest is over has no owner.
  package struct Owner: Sendable, Hashable {
    package let organization: OrganizationID
    package let version: Version
    package let isResting: Bool

    package init(organization: OrganizationID, version: Version, isResting: Bool) {
      self.organization = organization
      self.version = version
      self.isResting = isResting
    }
  }

  package enum SlugChoice: Sendable, Hashable {
    case take
    /// The owner gets a parked slug; its claim waits for an operator.
    case takeFrom(OrganizationID)
    /// The receipt's organization gets a parked slug; its claim waits for an operator.
    case park
  }

  package enum Decision: Sendable, Hashable {
    case keep
    /// Control does not remember the organization, or an older state of it.
    case establish(SlugChoice)
    /// Two homes of one version: what control remembers stays, an operator decides.
    case conflict
  }

  package static func decide(
    _ claim: Claim, known: Known?, owner: Owner?, planted: PlantedBug? = nil
  ) -> Decision {
    if let known {
      if known.isEnded, planted != .endedGrantRevived { return .keep }
      if planted == .generationMergedByOwner { return .keep }
      if claim.version < known.version { return .keep }
      if claim.version == known.version {
        return claim.region == known.region && claim.slug == known.slug ? .keep : .conflict
      }
    }
    return .establish(slug(claim, owner, planted))
  }

  private static func slug(_ claim: Claim, _ owner: Owner?, _ planted: PlantedBug?) -> SlugChoice {
    guard let owner, owner.organization != claim.organization else { return .take }
    if planted == .slugOwnerReplaced { return .take }
    // Ids are time-based: of two equal versions the older organization keeps the slug.
    let isNewer =
      claim.version == owner.version
      ? claim.organization < owner.organization : owner.version < claim.version
    return isNewer ? .takeFrom(owner.organization) : .park
  }

  /// The slug of an organization whose claim waits: unique because the id is.
  package static func parkedSlug(of organization: OrganizationID) -> String {
    "parked-" + organization.description.filter { $0 != "-" }
  }
}
