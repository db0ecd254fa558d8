package import Silo

/// The user whom a valid access token names. Says who asks, never what they may do.
package struct Caller: Sendable, Hashable {
  package let user: UserID
  /// The one organization the token was issued for; nil for a token of the person in the whole region.
  package let organization: OrganizationID?
  /// The user epoch the token was made in; a raise of the epoch ends all older credentials.
  package let epoch: Int64

  package init(user: UserID, organization: OrganizationID?, epoch: Int64) {
    self.user = user
    self.organization = organization
    self.epoch = epoch
  }
}
