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
  /// What the organization refuses when knowledge is old.
  package var policy = StalenessPolicy.standard
  /// Up to when the database knows everything that control committed: microseconds since 1970 by control's clock; nil for never.
  package var completeAsOf: Int64?

  package struct Status: Sendable, Hashable {
    package var value: UserStatus
    package var epoch: Int64
  }

  package struct Membership: Sendable, Hashable {
    package var id: GrantID
    package var role: OrganizationRole
  }
}
