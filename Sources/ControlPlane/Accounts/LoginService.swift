internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Login by address and password, and by a second factor where the person has one.
package struct LoginService: Sendable {
  private let environment: ControlEnvironment
  private let hasher: PasswordHasher
  private let opener: SessionOpener
  private let throttle: Throttle
  private let codes: SecondFactorCodes

  package init(environment: ControlEnvironment, hasher: PasswordHasher) {
    self.environment = environment
    self.hasher = hasher
    opener = SessionOpener(environment: environment)
    throttle = Throttle(environment: environment)
    codes = SecondFactorCodes(environment: environment)
  }

  /// Opens a session, or asks for the second factor. The same work, time and answer for unknown addresses, wrong passwords and people who may not
  /// act.
  /// - Parameter device: what an earlier login gave this caller to keep.
  /// - Throws: ``ControlError``
  package func logIn(
    email: String, password: String, device: String?, from caller: Caller
  ) async throws -> LoginOutcome {
    try PasswordRules(limits: environment.limits).checkLength(password)
    let pace = Pace(environment.limits)
    let address = EmailAddress(entered: email)
    let ticket = try await throttle.login(address, email, device: device, from: caller)
    do {
      let known = try await credentials(address)
      let matches = try await hasher.verify(password, against: known?.phc)
      guard let known, matches, known.status == .active else {
        try await refuse(ticket, known?.user)
        try await pace.keep()
        throw ControlError(.credentialsInvalid)
      }
      let renewed = hasher.isCurrent(known.phc) ? nil : try await hasher.hash(password)
      return try await environment.database.withTransaction { control in
        try await proceed(known, ticket, renewed: renewed, from: caller, on: control)
      }
    } catch let error as ControlError where error.code == .busy {
      try await throttle.abandoned(ticket)
      throw error
    }
  }

  /// Opens the session of a login that awaits its second factor: six digits of the person's device, or a recovery code.
  /// - Throws: ``ControlError/Code/loginExpired``, ``ControlError/Code/codeInvalid``, ``ControlError/Code/tooManyAttempts``
  package func complete(
    token: String, code: String, device: String?, from caller: Caller
  ) async throws -> OpenedSession {
    guard TokenFormat.halfLogin.recognizes(token) else { throw ControlError(.loginExpired) }
    let digest = TokenFormat.digest(of: token)
    let known = device.flatMap { TokenFormat.device.recognizes($0) ? TokenFormat.digest(of: $0) : nil }
    let found = try await environment.database.withConnection { control -> (user: UserID, device: [UInt8]?)? in
      let now = environment.now()
      guard let half = try await HalfLoginStore.find(digest, now: now, on: control) else { return nil }
      guard let known, try await DeviceStore.isKnown(known, of: half.user, on: control) else { return (half.user, nil) }
      return (half.user, known)
    }
    guard let found else { throw ControlError(.loginExpired) }
    let ticket = try await throttle.guess(.secondFactor, of: found.user, device: found.device)
    let opened = try await environment.database.withTransaction { control -> OpenedSession? in
      guard let half = try await HalfLoginStore.find(digest, now: environment.now(), on: control) else {
        throw ControlError(.loginExpired)
      }
      guard let method = try await codes.use(code, of: half.user, on: control) else { return nil }
      guard try await HalfLoginStore.take(digest, on: control) else { throw ControlError(.loginExpired) }
      try await throttle.succeeded(ticket, on: control)
      return try await opener.open(
        half.user, epoch: half.epoch, methods: ["pwd", method, "mfa"], device: found.device, from: caller, on: control)
    }
    guard let opened else {
      try await throttle.note(ticket, "login.throttled", of: found.user)
      throw ControlError(.codeInvalid)
    }
    return opened
  }

  private func proceed(
    _ known: UserStore.Credentials, _ ticket: Throttle.Ticket, renewed: String?, from caller: Caller,
    on control: ControlConnection
  ) async throws -> LoginOutcome {
    // Read again under a lock: the password may have been changed, or the person suspended, while it was verified.
    guard let epoch = try await UserStore.lock(known.user, on: control), epoch == known.epoch else {
      throw ControlError(.credentialsInvalid)
    }
    if let renewed {
      try await PasswordStore.replace(known.phc, by: renewed, of: known.user, on: control)
    }
    try await throttle.succeeded(ticket, on: control)
    guard try await TOTPStore.isOn(known.user, on: control) else {
      return .open(
        try await opener.open(
          known.user, epoch: epoch, methods: ["pwd"], device: ticket.device, from: caller, on: control))
    }
    let token = TokenFormat.halfLogin.mint()
    let expires = environment.after(environment.limits.halfLoginLifetime)
    try await HalfLoginStore.insert(
      TokenFormat.digest(of: token), user: known.user, epoch: epoch, expires: expires, on: control)
    return .secondFactor(HalfLogin(token: token, expires: expires))
  }

  private func refuse(_ ticket: Throttle.Ticket, _ user: UserID?) async throws {
    try await throttle.failed(ticket)
    if let user { try await throttle.note(ticket, "login.throttled", of: user) }
  }

  private func credentials(_ email: EmailAddress?) async throws -> UserStore.Credentials? {
    guard let email else { return nil }
    return try await environment.database.withConnection { try await UserStore.credentials(email, on: $0) }
  }
}
