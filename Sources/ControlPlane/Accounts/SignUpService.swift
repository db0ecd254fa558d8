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
    let mayWrite = try await throttle.letter(to: email, from: caller)
    let phc = try await hasher.hash(password)
    let token = TokenFormat.signUp.mint()
    let id = environment.identifiers.uuid()
    try await postbox.write { control in
      // The same rows for a taken address; its token is in no letter, and would make no account.
      let isTaken = try await UserStore.find(email, on: control) != nil
      try await SignUpStore.insert(
        id, name: name, email: email, phc: phc, digest: TokenFormat.digest(of: token), now: environment.now(),
        expires: environment.after(environment.limits.signUpLifetime), on: control)
      guard mayWrite else { return }
      try await postbox.put(
        isTaken ? .signUpAgain(at: environment.site) : .signUp(at: environment.site, token: token), to: email,
        lifetime: environment.limits.signUpLifetime, on: control)
    }
  }

  /// Makes the account whose token somebody got by mail, and ends every other sign-up with its address.
  /// - Throws: ``ControlError/Code/tokenInvalid``
  package func verify(token: String, from caller: Caller) async throws -> UserID {
    guard TokenFormat.signUp.recognizes(token) else { throw ControlError(.tokenInvalid) }
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
}
