package import Silo

/// The user whom a valid credential names. Says who asks, never what they may do.
package struct Caller: Sendable, Hashable {
  package let user: UserID
  /// The one organization that the credential is for; nil for a session, which is for every one of its person's.
  package let organization: OrganizationID?
  /// The user epoch the credential was made in; a raise of the epoch ends all older ones. Nil for API tokens, which end by themselves.
  package let epoch: Int64?
  package let credential: Credential

  package init(
    user: UserID, organization: OrganizationID?, epoch: Int64?, credential: Credential = .accessToken
  ) {
    self.user = user
    self.organization = organization
    self.epoch = epoch
    self.credential = credential
  }
}
