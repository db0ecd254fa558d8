internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Forgotten and changed passwords.
package struct PasswordService: Sendable {
  private let environment: ControlEnvironment
  private let hasher: PasswordHasher
  private let postbox: Postbox
  private let throttle: Throttle
  private let renewal: SessionRenewal

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
    postbox = Postbox(environment: environment)
    throttle = Throttle(environment: environment)
    renewal = SessionRenewal(environment: environment)
  }

  /// Sends a way to set a new password, if the address has an account; otherwise a letter that says that it has none. The caller is told and waits
  /// the same.
  /// - Throws: ``ControlError/Code/emailInvalid``, ``ControlError/Code/tooManyAttempts`` for a network that asks too often
  package func forgot(email: String, from caller: Caller) async throws {
    let email = try EmailAddress(accepting: email)
    let pace = Pace(environment.limits)
    let mayWrite = try await throttle.letter(.reset, to: email, from: caller)
    let token = TokenFormat.passwordReset.mint()
    let lifetime = environment.limits.resetLifetime
    if mayWrite {
      try await postbox.write { control in
        var letter = Letter.noAccount(at: environment.site)
        var address = email
        if let known = try await UserStore.active(email, on: control) {
          try await PasswordStore.insertReset(
            TokenFormat.digest(of: token), user: known.user, epoch: known.epoch, expires: environment.after(lifetime),
            on: control)
          try await AuditStore.append(.system, "password.forgot", known.user.description, on: control)
          letter = .reset(at: environment.site, token: token)
          address = known.email
        }
        try await postbox.put(letter, to: address, lifetime: lifetime, on: control)
      }
    }
    try await pace.keep()
  }

  /// Sets a new password with the token of a letter. Every session, and every credential older than now, ends. The second factor stays.
  /// - Throws: ``ControlError/Code/tokenInvalid`` or what is wrong with the password
  package func reset(token: String, password: String, from caller: Caller) async throws {
    guard TokenFormat.passwordReset.recognizes(token) else { throw ControlError(.tokenInvalid) }
    let digest = TokenFormat.digest(of: token)
    let now = environment.now()
    let found = try await environment.database.withConnection { control -> (UserStore.Profile, Bool)? in
      guard let reset = try await PasswordStore.findReset(digest, now: now, on: control),
        let profile = try await UserStore.profile(reset.user, on: control)
      else { return nil }
      return (profile, try await TOTPStore.isOn(reset.user, on: control))
    }
    guard let (profile, hasFactor) = found else { throw ControlError(.tokenInvalid) }
    try PasswordRules(limits: environment.limits)
      .check(password, hasSecondFactor: hasFactor, email: profile.email, name: profile.name)
    let phc = try await hasher.hash(password)
    try await postbox.write { control in
      // Once more under the lock: of two that use the token at once, one finds it used.
      guard try await UserStore.lock(profile.user, on: control) != nil,
        try await PasswordStore.findReset(digest, now: now, on: control) != nil
      else { throw ControlError(.tokenInvalid) }
      try await PasswordStore.set(phc, of: profile.user, on: control)
      _ = try await renewal.endAll(of: profile.user, on: control)
      let email = try EmailAddress(profile.email)
      try await throttle.forgive(email, on: control)
      try await AuditStore.append(.user(profile.user), "password.reset", profile.user.description, on: control)
      try await postbox.put(
        .passwordChanged(at: environment.site), to: email, lifetime: environment.limits.noticeLifetime, on: control)
    }
  }

  /// Changes the password of somebody who is logged in. Every session ends; the one that asked goes on as the fresh one returned.
  /// - Throws: ``ControlError/Code/passwordWrong`` or what is wrong with the new one
  package func change(
    _ session: SessionStore.Session, old: String, new: String, from caller: Caller
  ) async throws -> OpenedSession {
    try await PasswordCheck(environment: environment, hasher: hasher).require(old, of: session.user)
    let found = try await environment.database.withConnection { control -> (UserStore.Profile, Bool)? in
      guard let profile = try await UserStore.profile(session.user, on: control) else { return nil }
      return (profile, try await TOTPStore.isOn(session.user, on: control))
    }
    guard let (profile, hasFactor) = found else { throw ControlError(.credentialsInvalid) }
    try PasswordRules(limits: environment.limits)
      .check(new, hasSecondFactor: hasFactor, email: profile.email, name: profile.name)
    let phc = try await hasher.hash(new)
    return try await postbox.write { control in
      let opened = try await renewal.replaceAll(
        of: session, methods: session.methods, from: caller, on: control)
      try await PasswordStore.set(phc, of: session.user, on: control)
      try await AuditStore.append(.user(session.user), "password.change", session.user.description, on: control)
      try await postbox.put(
        .passwordChanged(at: environment.site), to: try EmailAddress(profile.email),
        lifetime: environment.limits.noticeLifetime, on: control)
      return opened
    }
  }
}
