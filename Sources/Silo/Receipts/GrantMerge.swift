package import SyncProtocol

/// Decides whether a returned receipt of a grant is recorded again. Only control's own seal makes a membership; what control remembers as ended stays so.
package enum GrantMerge {
  /// What control knows around the grant.
  package struct Facts: Sendable, Hashable {
    /// Whether the grant itself is remembered, live or ended.
    package var isKnown: Bool
    /// Whether the organization is here, with its home in the region that returns the receipt.
    package var isHome: Bool
    package var isOrganizationEnded: Bool
    package var isUserKnown: Bool
    package var isUserDeleted: Bool
    /// Whether another live grant makes the person a member, or another grant used the invitation.
    package var isTaken: Bool

    package init(
      isKnown: Bool, isHome: Bool, isOrganizationEnded: Bool, isUserKnown: Bool, isUserDeleted: Bool, isTaken: Bool
    ) {
      self.isKnown = isKnown
      self.isHome = isHome
      self.isOrganizationEnded = isOrganizationEnded
      self.isUserKnown = isUserKnown
      self.isUserDeleted = isUserDeleted
      self.isTaken = isTaken
    }
  }

  package enum Decision: Sendable, Hashable {
    case keep
    case record
    case park(ParkedCode)
  }

  package static func decide(_ facts: Facts, isSealed: Bool, planted: PlantedBug? = nil) -> Decision {
    guard isSealed || planted == .receiptSealUnchecked else { return .park(.notSealed) }
    if facts.isKnown, planted != .endedGrantRevived { return .keep }
    if facts.isOrganizationEnded || facts.isUserDeleted { return .keep }
    guard facts.isHome else { return .park(.homeUnknown) }
    guard facts.isUserKnown else { return .park(.userUnknown) }
    return facts.isTaken ? .park(.alreadyMember) : .record
  }
}

/// Why a receipt waits for an operator. Stable names.
package enum ParkedCode: String, Sendable, Hashable, CaseIterable {
  /// Not control's seal over this row for this region.
  case notSealed = "NOT_SEALED"
  /// A row that control never gives.
  case malformed = "MALFORMED"
  /// Another organization has the slug by a newer grant, or control remembers another home of the same version.
  case conflict = "CONFLICT"
  /// A grant in an organization that is not this region's.
  case homeUnknown = "HOME_UNKNOWN"
  /// The person signed up after the backup: the account is gone.
  case userUnknown = "USER_UNKNOWN"
  case alreadyMember = "ALREADY_MEMBER"
}
