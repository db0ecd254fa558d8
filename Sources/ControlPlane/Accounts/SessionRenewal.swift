internal import Outbox
internal import Silo

/// Ends what a person's older credentials opened and goes on with one fresh session.
struct SessionRenewal: Sendable {
  let environment: ControlEnvironment

  /// Raises the epoch, which ends every session and credential of the person in every region, and opens a session for whoever asked.
  /// - Throws: ``ControlError/Code/credentialsInvalid`` when the session that asked is over.
  func replaceAll(
    of session: SessionStore.Session, methods: [String], from caller: Caller, on control: ControlConnection
  ) async throws -> OpenedSession {
    guard try await UserStore.lock(session.user, on: control) == session.epoch else {
      throw ControlError(.credentialsInvalid)
    }
    let epoch = try await endAll(of: session.user, on: control)
    return try await SessionOpener(environment: environment).open(
      session.user, epoch: epoch, methods: methods, device: nil, from: caller, on: control)
  }

  /// Raises the epoch and ends every session, half login, reset and e-mail change of a person; returns the new epoch.
  func endAll(of user: UserID, on control: ControlConnection) async throws -> Int64 {
    let epoch = try await UserStore.raiseEpoch(of: user, on: control)
    try await SessionStore.endAll(of: user, now: environment.now(), on: control)
    try await PasswordStore.endResets(of: user, on: control)
    try await EmailChangeStore.end(of: user, on: control)
    try await DeviceStore.removeAll(of: user, on: control)
    return epoch
  }
}
