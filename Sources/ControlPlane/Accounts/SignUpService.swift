internal import Crypto
internal import FoundationEssentials
internal import Outbox
package import Silo

/// Makes accounts. An address belongs to nobody until somebody has shown that its mail reaches them.
package struct SignUpService: Sendable {
  private let environment: ControlEnvironment
  private let hasher: PasswordHasher
  private let postbox: Postbox
  private let throttle: Throttle

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
    postbox = Postbox(environment: environment)
    throttle = Throttle(environment: environment)
  }

  /// Sends a letter to the address: to confirm it, or to say that it has an account. The caller is told and waits the same either way.
  /// - Throws: ``ControlError`` for an unusable address, name or password, or a network that asks for too many letters.
  package func request(email: String, password: String, name: String, from caller: Caller) async throws {
    let email = try EmailAddress(accepting: email)
    guard let name = DisplayName(name) else { throw ControlError(.nameInvalid) }
    try PasswordRules(limits: environment.limits)
      .check(password, hasSecondFactor: false, email: email.text, name: name.text)
    let pace = Pace(environment.limits)
    let mayWrite = try await throttle.letter(.signUp, to: email, from: caller)
    let phc = try await hasher.hash(password)
    let token = TokenFormat.signUp.mint()
    let id = environment.identifiers.uuid()
    try await postbox.write { control in
      // The same rows for a taken address; its token is in no letter, and would make no account.
      let known = try await UserStore.find(email, on: control)
      let profile = if let known { try await UserStore.profile(known, on: control) } else { UserStore.Profile?.none }
      try await SignUpStore.insert(
        id, name: name, email: email, phc: phc, digest: TokenFormat.digest(of: token), now: environment.now(),
        expires: environment.after(environment.limits.signUpLifetime), on: control)
      guard mayWrite else { return }
      // To the address as the account has it: another spelling may be another's mailbox.
      try await postbox.put(
        known == nil ? .signUp(at: environment.site, token: token) : .signUpAgain(at: environment.site),
        to: try profile.map { try EmailAddress($0.email) } ?? email, lifetime: environment.limits.signUpLifetime,
        on: control)
    }
    // For an account more is read, and another letter written.
    try await pace.keep()
  }

  /// Makes the account whose token somebody got by mail, and ends every other sign-up with its address.
  ///
  /// A person is asked for the password that was chosen at the sign-up: whoever signed up with somebody else's address is not who reads its mail, and
  /// must not get an account with a password of theirs and the other's address. A program that has just signed up itself leaves it out.
  /// - Throws: ``ControlError/Code/tokenInvalid``, ``ControlError/Code/passwordWrong``, ``ControlError/Code/tooManyAttempts``
  package func verify(token: String, password: String?, from caller: Caller) async throws -> UserID {
    guard TokenFormat.signUp.recognizes(token) else { throw ControlError(.tokenInvalid) }
    if let password { try await require(password, ofSignUp: TokenFormat.digest(of: token)) }
    let user: UserID = environment.identifiers.next()
    let isMade = try await environment.write { control in
      let digest = TokenFormat.digest(of: token)
      guard let pending = try await SignUpStore.take(digest: digest, now: environment.now(), on: control),
        let name = DisplayName(pending.name)
      else { return false }
      let email = try EmailAddress(pending.email)
      try await SignUpStore.end(email, on: control)
      guard try await UserStore.insert(user, name: name, email: email, phc: pending.phc, on: control) else {
        return false
      }
      try await AuditStore.append(.user(user), "account.create", user.description, on: control)
      return true
    }
    guard isMade else { throw ControlError(.tokenInvalid) }
    return user
  }

  private func require(_ password: String, ofSignUp digest: [UInt8]) async throws {
    try PasswordRules(limits: environment.limits).checkLength(password)
    let now = environment.now()
    let phc = try await environment.database.withConnection {
      try await SignUpStore.phc(digest: digest, now: now, on: $0)
    }
    guard let phc else { throw ControlError(.tokenInvalid) }
    let ticket = try await throttle.guess(signUp: digest)
    do {
      guard try await hasher.verify(password, against: phc) else { throw ControlError(.passwordWrong) }
    } catch let error as ControlError where error.code == .busy {
      try await throttle.abandoned(ticket)
      throw error
    }
  }
}
