internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Login by address and password.
package struct LoginService: Sendable {
  private let environment: ControlEnvironment
  private let hasher: PasswordHasher
  private let opener: SessionOpener

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
    opener = SessionOpener(environment: environment)
  }

  /// Opens a session. The same work and the same answer for unknown addresses, wrong passwords and people who may not act.
  package func logIn(email: String, password: String, from caller: Caller) async throws -> OpenedSession {
    try PasswordRules(limits: environment.limits).checkLength(password)
    let known = try await credentials(email)
    let matches = try await hasher.verify(password, against: known?.phc)
    guard let known, matches, known.status == .active else { throw ControlError(.credentialsInvalid) }
    return try await environment.database.withTransaction { control in
      try await opener.open(known.user, epoch: known.epoch, methods: ["pwd"], device: nil, from: caller, on: control)
    }
  }

  private func credentials(_ email: String) async throws -> UserStore.Credentials? {
    let parsed: EmailAddress
    do { parsed = try EmailAddress(email) } catch { return nil }
    return try await environment.database.withConnection { try await UserStore.credentials(parsed, on: $0) }
  }
}
