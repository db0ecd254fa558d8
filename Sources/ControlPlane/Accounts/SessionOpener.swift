internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Opens sessions, in the transaction that decided to.
struct SessionOpener: Sendable {
  let environment: ControlEnvironment

  /// - Parameters:
  ///   - epoch: the person's, read in the same transaction.
  ///   - methods: how the person proved who they are, in the words of RFC 8176.
  ///   - device: the digest of the device that the person is known by; nil gives the caller a new one.
  func open(
    _ user: UserID, epoch: Int64, methods: [String], device: [UInt8]?, from caller: Caller,
    on control: ControlConnection
  ) async throws -> OpenedSession {
    let now = environment.now()
    let token = TokenFormat.session.mint()
    let expires = environment.after(environment.limits.sessionLifetime)
    let session: SessionID = environment.identifiers.next()
    try await SessionStore.insert(
      SessionStore.Opening(
        id: session, user: user, digest: TokenFormat.digest(of: token), epoch: epoch, authenticated: now,
        methods: methods, expires: expires, caller: caller), on: control)
    var newDevice: String?
    if let device {
      try await DeviceStore.touch(device, now: now, on: control)
    } else {
      let minted = TokenFormat.device.mint()
      try await DeviceStore.insert(TokenFormat.digest(of: minted), user: user, now: now, on: control)
      newDevice = minted
    }
    try await AuditStore.append(.user(user), "session.open", session.description, on: control)
    return OpenedSession(user: user, session: session, token: token, expires: expires, device: newDevice)
  }
}
