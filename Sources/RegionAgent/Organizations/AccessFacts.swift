package import Silo

/// What the region's database says about a user and an organization at one moment: everything a decision about access rests on.
package struct AccessFacts: Sendable, Hashable {
  /// Whether the user's row has arrived.
  package var userArrived: Bool
  /// The user's status and epoch, once they have arrived. They travel on a lane of their own.
  package var status: Status?
  /// The organization, if its home is here and it is not deleted.
  package var organization: Organization?
  /// The user's membership in it.
  package var membership: Membership?

  package struct Status: Sendable, Hashable {
    package var value: UserStatus
    package var epoch: Int64
  }

  package struct Membership: Sendable, Hashable {
    package var id: GrantID
    package var role: OrganizationRole
  }
}
