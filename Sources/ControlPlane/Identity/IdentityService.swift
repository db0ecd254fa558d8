package import FoundationEssentials
internal import Outbox
package import Silo

/// Sign-up, login and sessions.
///
/// Missing by design until issue 4: throttling by account and address, verification of addresses, second factors.
package struct IdentityService: Sendable {
  private let environment: ControlEnvironment
  private let hasher: PasswordHasher

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
  }

  /// A session just opened. The token is shown once.
  package struct Login: Sendable, Hashable {
    package let user: UserID
    package let token: String
    package let expires: Date
  }

  /// Makes an account.
  /// - Throws: ``ControlError`` for an unusable address, name or password, or an address that has an account.
  package func signUp(email: String, password: String, name: String) async throws -> UserID {
    let email = try address(email)
    guard let name = DisplayName(name) else { throw ControlError(.nameInvalid) }
    try checkLength(password)
    guard password.unicodeScalars.count >= environment.limits.shortestPassword else {
      throw ControlError(
        .passwordTooShort, "A password has at least \(environment.limits.shortestPassword) characters.")
    }
    let phc = try await hasher.hash(password)
    let user: UserID = environment.identifiers.next()
    let isNew = try await environment.write { control in
      try await UserStore.insert(user, name: name, email: email, phc: phc, on: control)
    }
    guard isNew else { throw ControlError(.emailTaken) }
    return user
  }

  /// Opens a session. The same work and the same answer for unknown addresses, wrong passwords and people who may not act.
  package func logIn(email: String, password: String) async throws -> Login {
    try checkLength(password)
    let known = try await credentials(email)
    let matches = try await hasher.verify(password, against: known?.phc)
    guard let known, matches, known.status == .active else { throw ControlError(.credentialsInvalid) }
    let token = TokenFormat.session.mint()
    let expires = environment.after(environment.limits.sessionLifetime)
    let session: SessionID = environment.identifiers.next()
    try await environment.database.withConnection { control in
      try await SessionStore.insert(
        session, user: known.user, digest: TokenFormat.digest(of: token), epoch: known.epoch, expires: expires,
        on: control)
    }
    return Login(user: known.user, token: token, expires: expires)
  }

  /// The session of a token, or nil. No database is asked for what cannot be a token.
  package func session(token: String) async throws -> SessionStore.Session? {
    guard TokenFormat.session.recognizes(token) else { return nil }
    return try await environment.database.withConnection { control in
      try await SessionStore.find(digest: TokenFormat.digest(of: token), now: environment.now(), on: control)
    }
  }

  package func logOut(_ session: SessionID) async throws {
    try await environment.database.withConnection { try await SessionStore.end(session, on: $0) }
  }

  package func profile(_ user: UserID) async throws -> UserStore.Profile? {
    try await environment.database.withConnection { try await UserStore.profile(user, on: $0) }
  }

  private func credentials(_ email: String) async throws -> UserStore.Credentials? {
    let parsed: EmailAddress
    do { parsed = try EmailAddress(email) } catch { return nil }
    return try await environment.database.withConnection { try await UserStore.credentials(parsed, on: $0) }
  }

  private func address(_ text: String) throws -> EmailAddress {
    do { return try EmailAddress(text) } catch { throw ControlError(.emailInvalid, error.description) }
  }

  private func checkLength(_ password: String) throws {
    guard password.utf8.count <= environment.limits.longestPassword else { throw ControlError(.passwordTooLong) }
  }
}
