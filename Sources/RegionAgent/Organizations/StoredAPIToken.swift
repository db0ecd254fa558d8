package import Silo
package import Web

/// An API token as control sent it.
package struct StoredAPIToken: Sendable, Hashable {
  package var id: APITokenID
  package var organization: OrganizationID
  package var user: UserID
  package var scopes: [APITokenScope]
  /// Seconds since 1970.
  package var expires: Int64

  /// Whom a token that has not expired acts for.
  /// - Throws: 401
  package func caller(now: Int64) throws(Problem) -> Caller {
    guard now < expires else { throw .unauthenticated }
    return Caller(user: user, organization: organization, epoch: nil, credential: .apiToken(id, scopes: scopes))
  }
}
