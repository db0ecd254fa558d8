internal import struct FoundationEssentials.Date
internal import Logging
package import Outbox
package import Silo
internal import SyncProtocol
package import Web

/// Logs people in here whom control says who they are, and out again. What it opens is the region's own and lives on without control.
package struct LoginService: Sendable {
  /// Why nobody was logged in.
  enum Refusal: Error, Sendable, Hashable {
    /// Control cannot be asked, or this region has not heard of it yet.
    case controlAway
    /// The ID token is not control's, not for this region or not for this login.
    case token(JWTRefusal)
    /// Control did not accept the code.
    case code
    /// What this person needs has not arrived in time.
    case notArrived
    /// The person, or the session at control, has ended meanwhile.
    case ended
    case suspended
  }

  /// A session just opened. The cookie's value is shown to the browser only.
  struct Opened: Sendable, Hashable {
    let value: String
    /// Seconds from now.
    let lifetime: Int64
  }

  private let region: RegionName
  private let database: SiloDatabase<RegionSilo>
  private let provider: ControlProvider
  private let knowledge: Knowledge
  private let applied: Doorbell
  private let hurry: @Sendable () -> Void
  private let clock: WallClock
  /// How long a login waits for its rows.
  private static let patience = Duration.seconds(5)

  package init(
    region: RegionName, database: SiloDatabase<RegionSilo>, provider: ControlProvider, knowledge: Knowledge,
    applied: Doorbell, hurry: @escaping @Sendable () -> Void = {}, clock: WallClock
  ) {
    self.region = region
    self.database = database
    self.provider = provider
    self.knowledge = knowledge
    self.applied = applied
    self.hurry = hurry
    self.clock = clock
  }

  /// Opens a session for the code that a browser brought back.
  ///
  /// - Throws: ``Refusal``
  func open(code: String, of login: LoginTransaction, redirect: String) async throws -> Opened {
    let token = try await token(code: code, of: login, redirect: redirect)
    guard let epoch = token.epoch else { throw Refusal.token(.claims) }
    let controlExpiry = try await awaitArrival(of: token, epoch: epoch)
    let value = TokenFormat.browserSession.mint()
    let now = clock.seconds()
    let expires = min(now + SessionLimits.absolute, controlExpiry)
    let opening = BrowserSessionStore.Opening(
      id: BrowserSessionID(IdentifierSource.system.uuid()), digest: TokenFormat.digest(of: value), user: token.user,
      controlSession: token.session, epoch: epoch, methods: token.methods,
      authenticated: Date(timeIntervalSince1970: Double(token.authenticatedAt)),
      now: Date(timeIntervalSince1970: Double(now)), expires: Date(timeIntervalSince1970: Double(expires)))
    try await database.withTransaction { connection in
      try await BrowserSessionStore.insert(opening, on: connection)
      try await AuditStore.append(
        "session.open", opening.id.description, by: token.user, credential: "login", in: nil, on: connection)
    }
    return Opened(value: value, lifetime: expires - now)
  }

  /// Ends the session of a cookie's value, whatever it is; returns the session at control that it rested on.
  func end(_ value: String) async throws -> SessionID? {
    guard TokenFormat.browserSession.recognizes(value) else { return nil }
    let digest = TokenFormat.digest(of: value)
    let (session, ended) = try await database.withTransaction { connection in
      let session = try await CredentialStore.session(digest, on: connection)
      let ended = try await BrowserSessionStore.end(digest, on: connection)
      if let session {
        try await AuditStore.append(
          "session.end", session.id.description, by: session.user, credential: "session", in: nil, on: connection)
      }
      return (session, ended)
    }
    if let session { knowledge.hear("s\(session.id)") }
    return ended
  }

  private func token(code: String, of login: LoginTransaction, redirect: String) async throws -> IDToken {
    let text: String
    let description: ControlProvider.Description
    do {
      description = try await provider.description()
      text = try await provider.exchange(
        code: code, verifier: login.verifier, redirect: redirect, by: description)
    } catch ControlProvider.Failure.refused {
      throw Refusal.code
    } catch is ControlProvider.Failure {
      throw Refusal.controlAway
    }
    let keys = try await database.withConnection { try await TokenKeyStore.usable(on: $0) }
    guard !keys.isEmpty else { throw Refusal.controlAway }
    do throws(JWTRefusal) {
      return try IDTokenVerifier(issuer: description.issuer, region: region, keys: keys)
        .verify(text, nonce: login.nonce, now: clock.seconds())
    } catch {
      throw Refusal.token(error)
    }
  }

  /// Waits until everything that control knew when it gave the token is here, and what follows from the person's grants is done.
  ///
  /// Returns when the session at control ends: seconds since 1970.
  private func awaitArrival(of token: IDToken, epoch: Int64) async throws -> Int64 {
    let deadline = ContinuousClock.now + Self.patience
    while true {
      let rings = applied.rings
      let (isReached, arrival) = try await database.withConnection { connection in
        (
          try await token.position.asyncMap { try await LoginStore.isReached($0, on: connection) } ?? true,
          try await LoginStore.arrival(
            of: token.user, session: token.session, now: clock.seconds(), on: connection)
        )
      }
      let isOver = ContinuousClock.now >= deadline
      if isReached || isOver, let expires = try ready(arrival, epoch: epoch, isReached: isReached, isOver: isOver) {
        return expires
      }
      if isOver { throw Refusal.notArrived }
      if !isReached { hurry() }
      _ = await applied.wait(beyond: rings, limit: .milliseconds(isReached ? 20 : 250))
    }
  }

  /// Nil while something is on its way.
  private func ready(
    _ arrival: LoginStore.Arrival, epoch: Int64, isReached: Bool, isOver: Bool
  ) throws(Refusal) -> Int64? {
    guard isReached, let status = arrival.status, let current = arrival.epoch else { return nil }
    guard status != .deleted, epoch >= current, let expires = arrival.sessionExpires else { throw .ended }
    guard status == .active else { throw .suspended }
    // A grant that is not decided in time is decided later: its organization is not found until then.
    return arrival.undecided == 0 || isOver ? expires : nil
  }
}

extension Optional {
  /// `map` with a body that waits.
  fileprivate func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
    guard let self else { return nil }
    return try await body(self)
  }
}
