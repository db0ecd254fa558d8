internal import Postgres
internal import FoundationEssentials
internal import Outbox
package import Silo
internal import Web

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
    /// The region that alone takes the token.
    package let region: RegionName
  }

  /// What was decided and signed in a transaction that only looks.
  private struct Draft {
    let issued: Issued
    let number: RegionNumber
    /// Whether the region hears of the session's end already.
    let isTold: Bool
  }

  /// - Parameter organization: the id or the slug of an organization in which the person has a live grant.
  /// - Throws: ``ControlError``; 401 ``Problem`` when the session has ended meanwhile.
  package func issue(_ session: SessionStore.Session, organization: String) async throws -> Issued {
    try await telling(session) { control in
      guard let id = try await resolve(organization, on: control) else { throw ControlError(.organizationUnknown) }
      return try await draft(session, organization: id, on: control)
    }
  }

  /// - Throws: as ``issue(_:organization:)``
  package func issue(_ session: SessionStore.Session, organization: OrganizationID) async throws -> Issued {
    try await telling(session) { try await draft(session, organization: organization, on: $0) }
  }

  /// A token for a whole region, for requests that name no organization there.
  /// - Throws: as ``issue(_:organization:)``; ``ControlError/Code/organizationUnknown`` unless the person belongs to some organization there.
  package func issue(_ session: SessionStore.Session, in region: RegionName) async throws -> Issued {
    try await telling(session) { control in
      guard let region = try await RegionStore.find(region, on: control),
        try await GrantStore.isLive(user: session.user, region: region.id, on: control)
      else { throw ControlError(.organizationUnknown) }
      return try await sign(session, nil, region.number, region.name, region.url, on: control)
    }
  }

  /// Hands a token out only when the region is told of the session's end: a token must not outlive it. The first one for a region writes; all others look.
  private func telling(
    _ session: SessionStore.Session, _ draft: (ControlConnection) async throws -> Draft
  ) async throws -> Issued {
    let draft = try await environment.database.withTransaction(.readCommitted(readOnly: true), draft)
    guard !draft.isTold else { return draft.issued }
    let isLive = try await environment.write {
      try await SessionRegionStore.note(session.id, in: draft.number, on: $0)
    }
    guard isLive else { throw Problem.unauthenticated }
    return draft.issued
  }

  private func draft(
    _ session: SessionStore.Session, organization id: OrganizationID, on control: ControlConnection
  ) async throws -> Draft {
    guard try await GrantStore.isLive(user: session.user, organization: id, on: control),
      let home = try await OrganizationStore.find(id, on: control)
    else { throw ControlError(.organizationUnknown) }
    return try await sign(session, id, home.region, home.regionName, home.regionURL, on: control)
  }

  private func sign(
    _ session: SessionStore.Session, _ organization: OrganizationID?, _ number: RegionNumber, _ region: RegionName,
    _ url: String, on control: ControlConnection
  ) async throws -> Draft {
    try await GrantGate.require(.token(number), on: control)
    guard let key = try await keys.signing(on: control) else { throw ControlError(.noTokenKey) }
    let unique = environment.identifiers.uuid()
    let token = AccessToken(
      user: session.user, organization: organization, region: region, epoch: session.epoch, session: session.id,
      id: unique.uuidString.lowercased(), issuedAt: environment.seconds)
    guard let text = token.signed(by: key) else { throw ControlError(.noTokenKey) }
    return Draft(
      issued: Issued(token: text, expiresIn: AccessToken.lifetime, regionURL: url, region: region), number: number,
      isTold: try await SessionRegionStore.isNoted(session.id, in: number, on: control))
  }

  private func resolve(_ text: String, on control: ControlConnection) async throws -> OrganizationID? {
    if let id = OrganizationID(text) { return id }
    let slug: OrganizationSlug
    do { slug = try OrganizationSlug(text) } catch { return nil }
    return try await OrganizationStore.find(slug: slug, on: control)
  }
}
