internal import Outbox
internal import Silo
internal import SyncProtocol

/// Lets a signed request in: key active, nonce new, counter risen, session the newest. All of it is recorded in one transaction, before the request
/// has any effect; a request that dies after it is simply sent again with another nonce.
struct Admission: Sendable {
  let environment: ControlEnvironment
  let proofs: BatchProofs
  private let agents = AgentKeys()

  init(environment: ControlEnvironment, proofs: BatchProofs) {
    self.environment = environment
    self.proofs = proofs
  }

  /// What the sync server may know of a key. Every key that was ever enrolled counts as active here, so that its owner is told what it is after
  /// proving who it is; the admission looks at its state anew.
  func known(_ keyid: String) async throws -> KnownKey? {
    if let known = agents[keyid] { return known.key }
    let found = try await environment.database.withConnection { try await RegionKeyStore.find(keyid, on: $0) }
    guard let found else { return nil }
    let known = KnownKey(key: found.key, purpose: found.purpose)
    agents.keep(AgentKeys.Known(key: known, region: found.number))
    return known
  }

  /// Whose verified key this is; nil for one that was never enrolled.
  func region(of keyid: String) -> RegionNumber? { agents[keyid]?.region }

  /// Opens a session and ends the one before.
  /// - Throws: ``SyncProblem``
  func greet(_ accepted: AcceptedRequest, _ hello: HelloRequest, session: String) async throws -> Peer {
    let outcome = try await environment.database.withTransaction { control in
      try await open(accepted, hello, session: session, on: control)
    }
    switch outcome {
    case .peer(let peer): return peer
    // Not thrown inside the transaction: nonce and alarm must be kept.
    case .refused(let problem): throw problem
    }
  }

  /// Admits a request of a session.
  /// - Throws: ``SyncProblem``
  func admit(
    _ accepted: AcceptedRequest, session: String, counter: Int64, path: String, isRefilling: Bool = false
  ) async throws -> Peer {
    let number = region(of: accepted.key.thumbprint)
    let unsaved = number.map { proofs.unsaved(of: $0) } ?? [:]
    let verdict = try await environment.database.withConnection {
      try await AdmissionStore.admit(
        accepted.nonce, path: path, counter: counter, session: session, isRefilling: isRefilling,
        keeping: Array(unsaved.values), on: $0)
    }
    if let problem = Self.problem(verdict.outcome) { throw problem }
    if let number { proofs.saved(unsaved, of: number) }
    guard let entrant = verdict.entrant else { throw Self.unknown }
    return Peer(
      region: entrant.region, number: entrant.number, name: entrant.name, thumbprint: accepted.key.thumbprint,
      compresses: entrant.compresses)
  }

  /// Whether the session may still have an answer: asked again right before one leaves.
  func isLive(_ peer: Peer, session: String) async throws -> Bool {
    try await environment.database.withConnection {
      try await AgentSessionStore.isLive(session, region: peer.number, thumbprint: peer.thumbprint, on: $0)
    }
  }

  private enum Outcome {
    case peer(Peer)
    case refused(SyncProblem)
  }

  private func open(
    _ accepted: AcceptedRequest, _ hello: HelloRequest, session: String, on control: ControlConnection
  ) async throws -> Outcome {
    let nonce = accepted.nonce
    guard
      try await AgentSessionStore.recordNonce(
        keyid: nonce.keyid, nonce: nonce.nonce, expires: nonce.expires, on: control)
    else { throw Self.replayed }
    guard let key = try await RegionKeyStore.find(accepted.key.thumbprint, on: control) else {
      return .refused(Self.unknown)
    }
    switch key.state {
    case .active: break
    case .pending: return .refused(Self.pending)
    case .revoked: return .refused(Self.revoked)
    }
    let peer = Peer(
      region: key.region, number: key.number, name: key.name, thumbprint: accepted.key.thumbprint,
      compresses: Negotiation.capabilities(offered: hello.capabilities).contains(.zlib))
    let isCopy = try await InstanceStore.isSuperseded(hello.instance, of: peer.thumbprint, on: control)
    let hasRisen = try await RegionKeyStore.raiseCounter(
      peer.thumbprint, path: "hello", to: hello.counter, on: control)
    guard hasRisen, !isCopy else {
      try await InstanceStore.alarm(
        isCopy ? "region.clone_suspected" : "region.counter_fell", peer.number, peer.name, on: control)
      return .refused(isCopy ? Self.cloneSuspected : Self.counterFell)
    }
    guard hello.silo == peer.silo else {
      return .refused(SyncProblem(.badMessage, "The key belongs to \(peer.silo), not to \(hello.silo)."))
    }
    try await InstanceStore.supersede(by: hello.instance, of: peer.thumbprint, region: peer.number, on: control)
    let isActive = try await AgentSessionStore.open(
      session, region: peer.number, thumbprint: peer.thumbprint, instance: hello.instance, software: hello.software,
      zlib: peer.compresses, lease: try await lease(on: control), on: control)
    return isActive ? .peer(peer) : .refused(Self.standby)
  }

  /// Seconds for which an agent that asks for nothing keeps its region: longer than an idle answer is held back, with room for one call that is lost.
  private func lease(on control: ControlConnection) async throws -> Int64 {
    let regions = try await AgentSessionStore.count(on: control)
    return IdlePace().hold(receivers: regions) / 1000 + environment.limits.agentSilence
  }
}

extension Admission {
  private static func problem(_ outcome: AdmissionStore.Outcome) -> SyncProblem? {
    switch outcome {
    case .admitted: nil
    case .replayed: replayed
    case .unknown: unknown
    case .pending: pending
    case .revoked: revoked
    case .counterFell: counterFell
    case .fenced: fenced
    }
  }

  private static let replayed = SyncProblem(VerificationFailure(.nonceReplayed, "the nonce was used before"))
  private static let unknown = SyncProblem(VerificationFailure(.keyUnknown, "unknown key"))
  private static let revoked = SyncProblem(.revoked, "An operator revoked this key.")
  private static let counterFell = SyncProblem(
    .counterFell, "A copy of this key may be in use. An operator has been told.")

  private static let cloneSuspected = SyncProblem(
    .cloneSuspected, "Another process with this key took over. An operator has been told: stop one of the two.")

  private static var pending: SyncProblem {
    var problem = SyncProblem(.pendingApproval, "An operator has to compare the fingerprint and approve.")
    problem.retryAfterMilliseconds = 5000
    return problem
  }

  private static var standby: SyncProblem {
    var problem = SyncProblem(.standby, "Ask again now and then: this agent takes over when the active one is gone.")
    problem.retryAfterMilliseconds = 5000
    return problem
  }

  static let fenced = SyncProblem(.sessionFenced, "Say hello again, unless another agent of this region took over.")
}
