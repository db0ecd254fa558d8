internal import Outbox
internal import Silo
internal import SyncProtocol

/// Lets a signed request in: key active, nonce new, counter risen, session the newest. All of it is recorded in one transaction, before the request
/// has any effect; a request that dies after it is simply sent again with another nonce.
struct Admission: Sendable {
  let environment: ControlEnvironment
  let proofs: BatchProofs

  /// What an agent sends besides its signature.
  enum Entry: Sendable {
    /// Opens a session and ends the one before.
    case hello(HelloRequest, session: String)
    case within(session: String, counter: Int64, path: String)
  }

  /// What the sync server may know of a key. Pending keys count as active here, so that their owner is told so after proving who it is.
  func known(_ keyid: String) async throws -> KnownKey? {
    let found = try await environment.database.withConnection { try await RegionKeyStore.find(keyid, on: $0) }
    return found.map { KnownKey(key: $0.key, purpose: $0.purpose, state: $0.state == .revoked ? .revoked : .active) }
  }

  /// - Throws: ``SyncProblem``
  func admit(_ accepted: AcceptedRequest, _ entry: Entry) async throws -> Peer {
    let outcome = try await environment.database.withTransaction { control in
      try await check(accepted, entry, on: control)
    }
    switch outcome {
    case .peer(let peer, let envelopes):
      proofs.saved(envelopes, of: peer.number)
      return peer
    // Not thrown inside the transaction: nonce and alarm must be kept.
    case .refused(let problem): throw problem
    }
  }

  /// Whether the session may still have an answer: asked again right before one leaves.
  func isLive(_ peer: Peer, session: String) async throws -> Bool {
    try await environment.database.withConnection {
      try await AgentSessionStore.isLive(session, region: peer.number, thumbprint: peer.thumbprint, on: $0)
    }
  }

  private enum Outcome {
    case peer(Peer, saved: [Lane: BatchEnvelope])
    case refused(SyncProblem)
  }

  private func check(
    _ accepted: AcceptedRequest, _ entry: Entry, on control: ControlConnection
  ) async throws -> Outcome {
    let nonce = accepted.nonce
    guard
      try await AgentSessionStore.recordNonce(
        keyid: nonce.keyid, nonce: nonce.nonce, expires: nonce.expires, on: control)
    else { throw SyncProblem(VerificationFailure(.nonceReplayed, "the nonce was used before")) }
    guard let key = try await RegionKeyStore.find(accepted.key.thumbprint, on: control) else {
      return .refused(SyncProblem(VerificationFailure(.keyUnknown, "unknown key")))
    }
    switch key.state {
    case .active: break
    case .pending: return .refused(Self.pending)
    case .revoked: return .refused(SyncProblem(.revoked, "An operator revoked this key."))
    }
    var peer = Peer(region: key.region, number: key.number, name: key.name, thumbprint: accepted.key.thumbprint)
    let counter = entry.counter
    guard
      try await RegionKeyStore.raiseCounter(peer.thumbprint, path: entry.path, to: counter, on: control)
    else {
      try await AuditStore.append(
        .region(peer.number), "region.counter_fell", peer.name.text, isAlarm: true, on: control)
      return .refused(SyncProblem(.counterFell, "A copy of this key may be in use. An operator has been told."))
    }
    peer.compresses = entry.compresses
    let envelopes = proofs.unsaved(of: peer.number)
    for (_, envelope) in envelopes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      try await BatchProofStore.save(envelope, of: peer.number, on: control)
    }
    return try await enter(peer, entry, saved: envelopes, on: control)
  }

  private func enter(
    _ peer: Peer, _ entry: Entry, saved: [Lane: BatchEnvelope], on control: ControlConnection
  ) async throws -> Outcome {
    switch entry {
    case .hello(let hello, let session):
      guard hello.silo == peer.silo else {
        return .refused(SyncProblem(.badMessage, "The key belongs to \(peer.silo), not to \(hello.silo)."))
      }
      try await AgentSessionStore.open(
        session, region: peer.number, thumbprint: peer.thumbprint, instance: hello.instance, software: hello.software,
        zlib: peer.compresses, on: control)
    case .within(let session, _, _):
      guard
        let zlib = try await AgentSessionStore.touch(
          session, region: peer.number, thumbprint: peer.thumbprint, on: control)
      else { return .refused(Self.fenced) }
      var peer = peer
      peer.compresses = zlib
      return .peer(peer, saved: saved)
    }
    return .peer(peer, saved: saved)
  }

  private static var pending: SyncProblem {
    var problem = SyncProblem(.pendingApproval, "An operator has to compare the fingerprint and approve.")
    problem.retryAfterMilliseconds = 5000
    return problem
  }

  static let fenced = SyncProblem(.sessionFenced, "Say hello again, unless another agent of this region took over.")
}

extension Admission.Entry {
  fileprivate var compresses: Bool {
    switch self {
    case .hello(let hello, _): Negotiation.capabilities(offered: hello.capabilities).contains(.zlib)
    case .within: false
    }
  }

  fileprivate var counter: Int64 {
    switch self {
    case .hello(let hello, _): hello.counter
    case .within(_, let counter, _): counter
    }
  }

  fileprivate var path: String {
    switch self {
    case .hello: "hello"
    case .within(_, _, let path): path
    }
  }
}
