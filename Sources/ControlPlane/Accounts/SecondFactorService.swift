internal import Crypto
internal import FoundationEssentials
internal import Outbox
package import Silo

/// A person's second factor: an authenticator application, and recovery codes for the day it is lost.
package struct SecondFactorService: Sendable {
  private let environment: ControlEnvironment
  private let passwords: PasswordCheck
  private let codes: SecondFactorCodes
  private let renewal: SessionRenewal
  private let postbox: Postbox

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    passwords = PasswordCheck(environment: environment, hasher: hasher)
    codes = SecondFactorCodes(environment: environment)
    renewal = SessionRenewal(environment: environment)
    postbox = Postbox(environment: environment)
  }

  package struct State: Sendable, Hashable {
    package let isOn: Bool
    package let recoveryCodesLeft: Int
  }

  /// What an authenticator application has to know. Shown until it was confirmed.
  package struct AuthenticatorSetup: Sendable, Hashable {
    /// The seed in base 32, to be typed.
    package let secret: String
    /// `otpauth://totp/…`, to be shown as a picture.
    package let uri: String
  }

  /// The second factor is in force.
  package struct Confirmed: Sendable, Hashable {
    /// Shown once.
    package let recoveryCodes: [String]
    /// Takes the place of the session that asked; all others have ended.
    package let session: OpenedSession
  }

  package func state(of user: UserID) async throws -> State {
    try await environment.database.withConnection { control in
      State(
        isOn: try await TOTPStore.isOn(user, on: control),
        recoveryCodesLeft: Int(try await TOTPStore.countCodes(user, on: control)))
    }
  }

  /// Begins anew with a fresh seed, which is in force once a code of it was given.
  /// - Throws: ``ControlError/Code/passwordWrong``, ``ControlError/Code/secondFactorOn``
  package func begin(_ session: SessionStore.Session, password: String) async throws -> AuthenticatorSetup {
    try await passwords.require(password, of: session.user)
    let seed = SymmetricKey(size: SymmetricKeySize(bitCount: OneTimePassword.seedBytes * 8)).withUnsafeBytes {
      Array($0)
    }
    let sealed = try environment.secretKey.seal(seed, at: TOTPStore.place(session.user))
    let email = try await environment.database.withTransaction { control in
      try await lock(session, on: control)
      let isBegun = try await TOTPStore.begin(session.user, sealed: sealed, now: environment.now(), on: control)
      guard isBegun else { throw ControlError(.secondFactorOn) }
      try await AuditStore.append(.user(session.user), "totp.begin", session.user.description, on: control)
      return try await UserStore.profile(session.user, on: control)?.email ?? ""
    }
    let issuer = environment.site.url.split(separator: "/").last.map(String.init) ?? environment.site.url
    return AuthenticatorSetup(
      secret: Base32.encode(seed), uri: OneTimePassword(seed: seed).uri(account: email, issuer: issuer))
  }

  /// Puts the seed in force that a code shows to be in the person's device. Every other session ends: it was opened with less.
  /// - Throws: ``ControlError/Code/codeInvalid``, ``ControlError/Code/secondFactorOn``, ``ControlError/Code/secondFactorOff`` when none was begun
  package func confirm(
    _ session: SessionStore.Session, code: String, from caller: Caller
  ) async throws -> Confirmed {
    let ticket = try await passwords.throttle.guess(.secondFactor, of: session.user)
    let recovery = (0..<RecoveryCode.count).map { _ in RecoveryCode.mint() }
    let opened = try await postbox.write { control -> OpenedSession? in
      try await lock(session, on: control)
      guard let factor = try await TOTPStore.find(session.user, on: control) else {
        throw ControlError(.secondFactorOff)
      }
      guard !factor.isConfirmed else { throw ControlError(.secondFactorOn) }
      guard try await codes.use(code, factor, of: session.user, on: control) else { return nil }
      try await passwords.throttle.succeeded(ticket, on: control)
      try await TOTPStore.confirm(session.user, now: environment.now(), on: control)
      try await TOTPStore.setCodes(recovery.map { $0.digest(of: session.user) }, of: session.user, on: control)
      try await AuditStore.append(.user(session.user), "totp.on", session.user.description, on: control)
      try await tell(session.user, .secondFactorOn(at: environment.site), on: control)
      return try await renewal.replaceAll(
        of: session, methods: ["pwd", "otp", "mfa"], from: caller, on: control)
    }
    guard let opened else { throw ControlError(.codeInvalid) }
    return Confirmed(recoveryCodes: recovery.map(\.description), session: opened)
  }

  /// Ten new recovery codes; the old ones are none any more, and the person is told.
  /// - Parameter code: of the second factor: a stolen session and password must not make a second factor of their own.
  /// - Throws: ``ControlError/Code/passwordWrong``, ``ControlError/Code/codeInvalid``, ``ControlError/Code/secondFactorOff``
  package func renewCodes(_ session: SessionStore.Session, password: String, code: String) async throws -> [String] {
    try await passwords.require(password, of: session.user)
    try await passwords.requireCode(code, of: session.user)
    let recovery = (0..<RecoveryCode.count).map { _ in RecoveryCode.mint() }
    try await postbox.write { control in
      try await lock(session, on: control)
      guard try await TOTPStore.isOn(session.user, on: control) else { throw ControlError(.secondFactorOff) }
      try await TOTPStore.setCodes(recovery.map { $0.digest(of: session.user) }, of: session.user, on: control)
      try await AuditStore.append(.user(session.user), "totp.codes", session.user.description, on: control)
      try await tell(session.user, .recoveryCodesRenewed(at: environment.site), on: control)
    }
    return recovery.map(\.description)
  }

  /// Goes back to the password alone, which must be long enough for that.
  /// - Throws: ``ControlError/Code/passwordWrong``, ``ControlError/Code/codeInvalid``, ``ControlError/Code/secondFactorNeeded``,
  ///   ``ControlError/Code/secondFactorOff``
  package func remove(
    _ session: SessionStore.Session, password: String, code: String, from caller: Caller
  ) async throws -> OpenedSession {
    try await passwords.require(password, of: session.user)
    guard password.unicodeScalars.count >= environment.limits.shortestPassword else {
      throw ControlError(
        .secondFactorNeeded,
        "Your password has fewer than \(environment.limits.shortestPassword) characters: set a longer one first.")
    }
    try await passwords.requireCode(code, of: session.user)
    return try await postbox.write { control in
      try await TOTPStore.remove(session.user, on: control)
      try await AuditStore.append(.user(session.user), "totp.off", session.user.description, on: control)
      try await tell(session.user, .secondFactorOff(at: environment.site), on: control)
      return try await renewal.replaceAll(of: session, methods: ["pwd"], from: caller, on: control)
    }
  }

  /// Of two changes at once one comes after the other, and none is of a session that is over.
  private func lock(_ session: SessionStore.Session, on control: ControlConnection) async throws {
    guard try await UserStore.lock(session.user, on: control) == session.epoch else {
      throw ControlError(.credentialsInvalid)
    }
  }

  private func tell(_ user: UserID, _ letter: Letter, on control: ControlConnection) async throws {
    guard let profile = try await UserStore.profile(user, on: control) else { return }
    try await postbox.put(
      letter, to: try EmailAddress(profile.email), lifetime: environment.limits.noticeLifetime, on: control)
  }
}
