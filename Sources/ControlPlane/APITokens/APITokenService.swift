internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// API tokens of organizations: made, listed and revoked here; verified in the organization's region without asking.
package struct APITokenService: Sendable {
  private let environment: ControlEnvironment
  private let passwords: PasswordCheck
  private let postbox: Postbox

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    passwords = PasswordCheck(environment: environment, hasher: hasher)
    postbox = Postbox(environment: environment)
  }

  /// What somebody asks for.
  package struct Request: Sendable, Hashable {
    package let organization: String
    package let name: String
    package let scopes: [String]
    package let days: Int?

    /// - Parameters:
    ///   - organization: id or slug.
    ///   - days: how long it shall be good for; nil for the usual time.
    package init(organization: String, name: String, scopes: [String], days: Int? = nil) {
      self.organization = organization
      self.name = name
      self.scopes = scopes
      self.days = days
    }
  }

  /// A token just made. Its text is shown once.
  package struct Created: Sendable, Hashable {
    package let token: String
    package let listed: APITokenStore.Listed
    package let region: RegionName
    package let regionURL: String
  }

  /// Whether ``create(_:by:password:)`` asks for the password.
  package func asksPassword(_ session: SessionStore.Session) -> Bool { !passwords.isFresh(session) }

  /// Makes a token that acts for the session's person in one organization, and writes them that there is one: it outlives the session, and who has
  /// only stolen that must not get one.
  ///
  /// - Parameter password: needed unless the person has just logged in.
  /// - Throws: ``ControlError``: an organization that is not theirs, a role that may not, unusable name, scopes or days, too many;
  ///   ``ControlError/Code/proofNeeded``, ``ControlError/Code/passwordWrong``, ``ControlError/Code/tooManyAttempts``
  package func create(
    _ request: Request, by session: SessionStore.Session, password: String? = nil
  ) async throws -> Created {
    let user = session.user
    guard let name = DisplayName(request.name) else { throw ControlError(.nameInvalid) }
    let scopes = try Self.scopes(request.scopes)
    let days = request.days ?? environment.limits.apiTokenDays
    guard (1...environment.limits.longestAPITokenDays).contains(days) else {
      throw ControlError(.scopeInvalid, "A token is good for 1 to \(environment.limits.longestAPITokenDays) days.")
    }
    try await passwords.requireFresh(session, password: password)
    return try await postbox.write { control in
      let (organization, role) = try await standing(of: user, in: request.organization, on: control)
      guard role.allows(.manageTokens) else { throw Self.insufficient(role) }
      guard let home = try await OrganizationStore.find(organization, locking: true, on: control),
        home.state != .deleting
      else { throw ControlError(.organizationUnknown) }
      try await GrantGate.require(.token(home.region), on: control)
      guard try await GrantStore.holds(user, organization, on: control) else {
        throw ControlError(.organizationUnknown)
      }
      let now = environment.now()
      guard
        try await APITokenStore.count(organization, now: now, on: control) < Int64(environment.limits.apiTokens)
      else { throw ControlError(.tooManyAPITokens, "Revoke one that is not needed any more.") }
      let token = APITokenFormat.mint(for: home.regionName)
      let listed = APITokenStore.Listed(
        id: environment.identifiers.next(), organization: organization, user: user, name: name.text, scopes: scopes,
        created: now, expires: now.addingTimeInterval(Double(days) * 86_400), state: "active")
      try await APITokenStore.insert(listed, digest: TokenFormat.digest(of: token), on: control)
      try await AuditStore.append(.user(user), "api_token.create", listed.id.description, on: control)
      if let profile = try await UserStore.profile(user, on: control) {
        try await postbox.put(
          .apiTokenMade(at: environment.site, organization: home.slug), to: try EmailAddress(profile.email),
          lifetime: environment.limits.noticeLifetime, on: control)
      }
      return Created(token: token, listed: listed, region: home.regionName, regionURL: home.regionURL)
    }
  }

  /// The organization's tokens, the newest first: all for who may manage them, for others their own.
  package func list(organization: String, by user: UserID) async throws -> [APITokenStore.Listed] {
    try await environment.database.withTransaction(.readCommitted(readOnly: true)) { control in
      let (organization, role) = try await standing(of: user, in: organization, on: control)
      return try await APITokenStore.list(
        organization, of: role.allows(.manageTokens) ? nil : user, limit: environment.limits.page, on: control)
    }
  }

  /// Ends a token at once, in its region within seconds. One's own, or any of an organization whose tokens one may manage.
  package func revoke(_ token: APITokenID, by user: UserID) async throws {
    try await environment.write { control in
      guard let found = try await APITokenStore.find(token, on: control) else { throw ControlError(.apiTokenUnknown) }
      if found.user != user {
        let role = try await GrantStore.role(of: user, in: found.organization, on: control)
        guard let role, role.allows(.manageTokens) else { throw ControlError(.apiTokenUnknown) }
      }
      guard try await APITokenStore.revoke(token, on: control) else { return }
      try await AuditStore.append(.user(user), "api_token.revoke", token.description, on: control)
    }
  }

  /// The organization and the person's role there; needs a live grant.
  private func standing(
    of user: UserID, in organization: String, on control: ControlConnection
  ) async throws -> (OrganizationID, OrganizationRole) {
    guard let id = try await resolve(organization, on: control),
      let role = try await GrantStore.role(of: user, in: id, on: control)
    else { throw ControlError(.organizationUnknown) }
    return (id, role)
  }

  private func resolve(_ text: String, on control: ControlConnection) async throws -> OrganizationID? {
    if let id = OrganizationID(text) { return id }
    let slug: OrganizationSlug
    do { slug = try OrganizationSlug(text) } catch { return nil }
    return try await OrganizationStore.find(slug: slug, on: control)
  }

  private static func scopes(_ names: [String]) throws(ControlError) -> [String] {
    let scopes = Set(names.compactMap { APITokenScope($0) })
    guard (1...APITokenScope.most).contains(names.count), scopes.count == names.count else {
      throw ControlError(
        .scopeInvalid,
        "1 to \(APITokenScope.most) different ones of \(APITokenScope.known.joined(separator: ", ")) and app:<name>.")
    }
    return scopes.sorted().map(\.description)
  }

  private static func insufficient(_ role: OrganizationRole) -> ControlError {
    ControlError(.roleInsufficient, "Your role in the organization, \(role.rawValue), does not allow API tokens.")
  }
}
