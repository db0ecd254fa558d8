package import Silo

/// What the region's database says about one grant at one moment: all that the decision about it rests on.
package struct GrantFacts: Sendable, Hashable {
  /// The received grant; nil when control has removed it.
  package var grant: ReceivedGrant?
  /// Whether a decision is recorded already.
  package var isDecided: Bool
  /// The organization's home as received; nil when none has arrived or control has removed it.
  package var home: ReceivedHome?
  /// The organization's own row; nil before it is created.
  package var organizationStatus: String?
  /// Whether the user is a member already, by another grant.
  package var isMember: Bool
  /// The invitation the grant names, if it is here.
  package var invitation: Invitation?
}

/// A grant as control recorded it.
package struct ReceivedGrant: Sendable, Hashable {
  package var id: GrantID
  package var organization: OrganizationID
  package var user: UserID
  package var role: OrganizationRole
  package var source: String
  package var invitation: InvitationID?
  package var state: String

  /// Ended grants are on their way out.
  package var isLive: Bool { state == "live" }
}

/// Where control says an organization lives: here, or the row would not have come.
package struct ReceivedHome: Sendable, Hashable {
  package var id: OrganizationID
  package var name: String
  package var generation: Int64
  package var state: OrganizationHomeState
  package var creatorGrant: GrantID
}
