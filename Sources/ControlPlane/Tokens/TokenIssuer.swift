internal import Postgres
internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Exchanges a session for an access token of one region, about one organization.
package struct TokenIssuer: Sendable {
  private let environment: ControlEnvironment
  private let keys: TokenKeys

  package init(environment: ControlEnvironment, keys: TokenKeys) {
    self.environment = environment
    self.keys = keys
  }

  package struct Issued: Sendable, Hashable {
    package let token: String
    package let expiresIn: Int64
    package let regionURL: String
  }

  /// - Parameter organization: the id or the slug of an organization in which the person has a live grant.
  /// - Throws: ``ControlError``
  package func issue(_ session: SessionStore.Session, organization: String) async throws -> Issued {
    try await environment.database.withTransaction(.readCommitted(readOnly: true)) { control in
      guard let id = try await resolve(organization, on: control),
        try await GrantStore.isLive(user: session.user, organization: id, on: control),
        let home = try await OrganizationStore.find(id, on: control)
      else { throw ControlError(.organizationUnknown) }
      try await GrantGate.require(.token(home.region), on: control)
      guard let key = try await keys.signing(on: control) else { throw ControlError(.noTokenKey) }
      let unique = environment.identifiers.uuid()
      let token = AccessToken(
        user: session.user, organization: id, region: home.regionName, epoch: session.epoch, session: session.id,
        id: unique.uuidString.lowercased(), issuedAt: environment.seconds)
      guard let text = token.signed(by: key) else { throw ControlError(.noTokenKey) }
      return Issued(token: text, expiresIn: AccessToken.lifetime, regionURL: home.regionURL)
    }
  }

  private func resolve(_ text: String, on control: ControlConnection) async throws -> OrganizationID? {
    if let id = OrganizationID(text) { return id }
    let slug: OrganizationSlug
    do { slug = try OrganizationSlug(text) } catch { return nil }
    return try await OrganizationStore.find(slug: slug, on: control)
  }
}
