internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Asks a logged-in person for what they know once more, before something that a stolen session must not do.
struct PasswordCheck: Sendable {
  let environment: ControlEnvironment
  let hasher: PasswordHasher
  let throttle: Throttle

  init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
    throttle = Throttle(environment: environment)
  }

  /// What the audit trail says of a session in which somebody guesses.
  private static let guessed = "proof.throttled"

  /// - Throws: ``ControlError/Code/passwordWrong``, ``ControlError/Code/tooManyAttempts``, ``ControlError/Code/busy``
  func require(_ password: String, of user: UserID) async throws {
    try PasswordRules(limits: environment.limits).checkLength(password)
    let ticket = try await throttle.guess(.password, of: user)
    do {
      let phc = try await environment.database.withConnection { try await PasswordStore.find(user, on: $0) }
      guard try await hasher.verify(password, against: phc) else {
        try await throttle.note(ticket, Self.guessed, of: user)
        throw ControlError(.passwordWrong)
      }
    } catch let error as ControlError where error.code == .busy {
      try await throttle.abandoned(ticket)
      throw error
    }
    try await environment.database.withConnection { try await throttle.succeeded(ticket, on: $0) }
  }

  /// Lets a session go on whose person proved who they are just now, and asks every other for the password.
  ///
  /// - Throws: ``ControlError/Code/proofNeeded`` without a password, and what ``require(_:of:)`` throws.
  func requireFresh(_ session: SessionStore.Session, password: String?) async throws {
    if let password { return try await require(password, of: session.user) }
    guard isFresh(session) else { throw ControlError(.proofNeeded) }
  }

  func isFresh(_ session: SessionStore.Session) -> Bool {
    environment.now().timeIntervalSince(session.authenticated) <= Double(environment.limits.freshProof)
  }

  /// - Throws: ``ControlError/Code/codeInvalid``, ``ControlError/Code/tooManyAttempts``, ``ControlError/Code/secondFactorOff``
  func requireCode(_ code: String, of user: UserID) async throws {
    let ticket = try await throttle.guess(.secondFactor, of: user)
    let codes = SecondFactorCodes(environment: environment)
    let isRight = try await environment.database.withTransaction { control in
      guard try await TOTPStore.isOn(user, on: control) else { throw ControlError(.secondFactorOff) }
      guard try await codes.use(code, of: user, on: control) != nil else { return false }
      try await throttle.succeeded(ticket, on: control)
      return true
    }
    guard isRight else {
      try await throttle.note(ticket, Self.guessed, of: user)
      throw ControlError(.codeInvalid)
    }
  }
}
