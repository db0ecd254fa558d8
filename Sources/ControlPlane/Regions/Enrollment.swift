internal import FoundationEssentials
internal import Outbox
internal import Silo
package import SyncProtocol

/// Lets an agent join: one transaction uses the token, binds the keys to the region for ever and decides whether an operator must approve.
package struct Enrollment: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// - Parameters:
  ///   - request: its signature by ``JoinRequest/agentKey`` has been verified.
  ///   - nonce: of that signature.
  /// - Throws: ``SyncProblem``
  package func join(_ request: JoinRequest, nonce: NonceRecord) async throws -> JoinAnswer {
    guard TokenFormat.join.recognizes(request.token) else { throw Self.invalidToken }
    guard request.isStreamKeyProven else {
      throw SyncProblem(.keyRefused, "The stream key is not proven, or is the agent's key again.")
    }
    let outcome = try await environment.write { control -> Outcome in
      guard
        try await AgentSessionStore.recordNonce(
          keyid: nonce.keyid, nonce: nonce.nonce, expires: nonce.expires, on: control)
      else { throw SyncProblem(VerificationFailure(.nonceReplayed, "the nonce was used before")) }
      return try await use(request, on: control)
    }
    switch outcome {
    case .answer(let answer): return answer
    // Not thrown inside: the alarm must be kept.
    case .usedByAnother: throw SyncProblem(.joinTokenUsed, "Another key used this token. An operator has been told.")
    }
  }

  private enum Outcome {
    case answer(JoinAnswer)
    case usedByAnother
  }

  private static let invalidToken = SyncProblem(
    .joinTokenInvalid, "Ask an operator for a new token: this one is unknown, void or older than an hour.")

  private func use(_ request: JoinRequest, on control: ControlConnection) async throws -> Outcome {
    let digest = TokenFormat.digest(of: request.token)
    guard let token = try await JoinTokenStore.lock(digest: digest, on: control),
      let region = try await RegionStore.find(token.region, locking: true, on: control)
    else { throw Self.invalidToken }
    let thumbprint = request.agentKey.thumbprint
    if let usedBy = token.usedBy, let usedAt = token.usedAt {
      return try await again(region, thumbprint, usedBy: usedBy, usedAt: usedAt, on: control)
    }
    guard token.expires > environment.now() else { throw Self.invalidToken }
    let hasData = try await RegionStore.hasData(region.id, on: control)
    let waits = region.requiresApproval || hasData || region.state == .revoked
    let state: RegionKeyStore.State = waits ? .pending : .active
    for (key, purpose) in [(request.agentKey, KeyPurpose.agent), (request.streamKey, .stream)] {
      guard
        try await RegionKeyStore.insert(
          key, purpose: purpose, agent: thumbprint, region: region.id, state: state, on: control)
      else { throw SyncProblem(.keyInUse, "Make new keys: each belongs to one region, once.") }
    }
    if !waits {
      try await RegionStore.setState(.active, of: region.id, on: control)
    } else if region.state != .active {
      try await RegionStore.setState(.pending, of: region.id, on: control)
    }
    try await JoinTokenStore.use(digest: digest, by: thumbprint, at: environment.now(), on: control)
    try await AuditStore.append(.region(region.number), "region.join", region.name.text, on: control)
    return .answer(answer(region, isPending: waits))
  }

  /// A token that was used: the same key gets the same answer for ten minutes, or for as long as it waits for approval.
  private func again(
    _ region: RegionStore.Region, _ thumbprint: String, usedBy: String, usedAt: Date, on control: ControlConnection
  ) async throws -> Outcome {
    guard usedBy == thumbprint else {
      try await AuditStore.append(
        .region(region.number), "region.join_token_reused", region.name.text, isAlarm: true, on: control)
      return .usedByAnother
    }
    guard let key = try await RegionKeyStore.find(thumbprint, on: control), key.state != .revoked else {
      throw SyncProblem(.revoked, "The key was revoked.")
    }
    let window = Double(environment.limits.joinRepeatWindow)
    guard key.state == .pending || environment.now() <= usedAt.addingTimeInterval(window) else {
      throw SyncProblem(.joinTokenUsed, "The token was used more than ten minutes ago.")
    }
    return .answer(answer(region, isPending: key.state == .pending))
  }

  private func answer(_ region: RegionStore.Region, isPending: Bool) -> JoinAnswer {
    JoinAnswer(state: isPending ? .pending : .approved, silo: region.number.silo, region: region.name.text)
  }
}
