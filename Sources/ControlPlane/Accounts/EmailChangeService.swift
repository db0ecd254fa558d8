internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Another address for an account: the new one has to be shown, the old one is told.
package struct EmailChangeService: Sendable {
  private let environment: ControlEnvironment
  private let passwords: PasswordCheck
  private let postbox: Postbox

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    passwords = PasswordCheck(environment: environment, hasher: hasher)
    postbox = Postbox(environment: environment)
  }

  /// Sends a letter to the new address: to confirm it, or to say that it has an account. The caller is told the same.
  /// - Throws: ``ControlError``
  package func request(
    _ session: SessionStore.Session, password: String, email: String, from caller: Caller
  ) async throws {
    let email = try EmailAddress(accepting: email)
    try await passwords.require(password, of: session.user)
    let pace = Pace(environment.limits)
    guard try await passwords.throttle.letter(.emailChange, to: email, from: caller) else {
      return try await pace.keep()
    }
    let token = TokenFormat.emailChange.mint()
    let lifetime = environment.limits.signUpLifetime
    try await postbox.write { control in
      guard let epoch = try await UserStore.lock(session.user, on: control), epoch == session.epoch else {
        throw ControlError(.credentialsInvalid)
      }
      let isTaken = try await UserStore.find(email, on: control).map { $0 != session.user } ?? false
      try await EmailChangeStore.insert(
        TokenFormat.digest(of: token), user: session.user, epoch: epoch, email: email,
        expires: environment.after(lifetime), on: control)
      try await AuditStore.append(.user(session.user), "email.request", session.user.description, on: control)
      try await postbox.put(
        isTaken ? .emailTaken(at: environment.site) : .confirmEmail(at: environment.site, token: token), to: email,
        lifetime: lifetime, on: control)
    }
    try await pace.keep()
  }

  /// Puts the new address in force with the token of the letter to it.
  ///
  /// - Parameter user: who is logged in and has to have asked for it: otherwise a stranger's account asks for somebody's address, and the click of that
  ///   somebody gives it away.
  /// - Throws: ``ControlError/Code/tokenInvalid``, also when somebody else took the address meanwhile
  package func verify(token: String, by user: UserID) async throws {
    guard TokenFormat.emailChange.recognizes(token) else { throw ControlError(.tokenInvalid) }
    do {
      try await postbox.write { control in
        let digest = TokenFormat.digest(of: token)
        // Under the person's lock, as everything that ends such tokens: a deletion or a reset beside it comes before or after, not between.
        guard let owner = try await EmailChangeStore.user(digest, on: control), user == owner,
          try await UserStore.lock(owner, on: control) != nil,
          let change = try await EmailChangeStore.take(digest, now: environment.now(), on: control),
          let profile = try await UserStore.profile(change.user, on: control)
        else { throw ControlError(.tokenInvalid) }
        let email = try EmailAddress(change.email)
        try await UserStore.setEmail(email, of: change.user, on: control)
        // What was sent to the old address, and what strangers began with the new one, is over.
        try await PasswordStore.endResets(of: change.user, on: control)
        try await EmailChangeStore.end(of: change.user, on: control)
        try await SignUpStore.end(email, on: control)
        try await AuditStore.append(.user(change.user), "email.change", change.user.description, on: control)
        try await postbox.put(
          .emailChanged(at: environment.site), to: try EmailAddress(profile.email),
          lifetime: environment.limits.noticeLifetime, on: control)
      }
    } catch let error as PostgresError where error.code == .server(.uniqueViolation) {
      throw ControlError(.tokenInvalid)
    }
  }
}
