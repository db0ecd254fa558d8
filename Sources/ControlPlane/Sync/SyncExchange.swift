internal import Logging
package import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// The four exchanges with agents: join, hello, pull and push.
package struct SyncExchange: Sendable {
  private let environment: ControlEnvironment
  private let keyring: ControlKeyring
  private let registry: KindRegistry
  private let sender: Sender
  private let admission: Admission
  private let enrollment: Enrollment
  private let proofs: BatchProofs
  /// Rung when a session or a key may have ended: held pulls look again.
  private let cuts: Doorbell

  package init(
    environment: ControlEnvironment, keyring: ControlKeyring, registry: KindRegistry, sender: Sender, cuts: Doorbell
  ) {
    self.environment = environment
    self.keyring = keyring
    self.registry = registry
    self.sender = sender
    self.cuts = cuts
    proofs = BatchProofs()
    admission = Admission(environment: environment, proofs: proofs)
    enrollment = Enrollment(environment: environment)
  }

  func known(_ keyid: String) async throws -> KnownKey? { try await admission.known(keyid) }

  func join(_ call: SyncCall, _ request: JoinRequest) async throws -> SyncReply {
    let answer = try await enrollment.join(request, nonce: call.accepted.nonce)
    environment.doorbell.ring()
    return SyncReply(answer)
  }

  func hello(_ call: SyncCall) async throws -> SyncReply {
    let hello: HelloRequest = try call.document()
    guard let version = Negotiation.version(offered: hello.versions) else {
      var problem = SyncProblem(.versionUnsupported, "No version of the protocol in common.")
      problem.versions = Negotiation.versions
      throw problem
    }
    let session = Nonce.random().text
    let peer = try await admission.admit(call.accepted, .hello(hello, session: session))
    cuts.ring()
    let receiver = pushReceiver(for: peer)
    let known = try await environment.database.withConnection { control in
      (
        log: try await StatusStore.log(on: control),
        highest: try await StatusStore.highestEpoch(of: peer.number, on: control),
        proofs: try await BatchProofStore.all(of: peer.number, on: control)
      )
    }
    guard let log = known.log else { throw Self.notYet }
    let answer = HelloAnswer(
      version: version, capabilities: Negotiation.capabilities(offered: hello.capabilities), session: session, log: log,
      highestPeerEpoch: known.highest, request: SyncRequestDocument(try await receiver.cursors(), proofs: known.proofs),
      manifestVersion: keyring.manifestVersion)
    return SyncReply(answer)
  }

  func pull(_ call: SyncCall) async throws -> SyncReply {
    let pull: PullRequest = try call.document()
    let peer = try await admission.admit(
      call.accepted, .within(session: pull.session, counter: pull.counter, path: "pull"))
    let request = pull.request.request(of: peer.silo, on: .control) { keyring.known($0) }
    let answer = try await answer(request, to: peer, session: pull.session)
    guard try await admission.isLive(peer, session: pull.session) else { throw Admission.fenced }
    let document = try SyncAnswerDocument(sealing: answer, key: keyring.stream)
    try FaultPoint.hit(.deliverBeforeSend)
    return try SyncReply(
      PullAnswer(answer: document, manifestVersion: keyring.manifestVersion), compressed: peer.compresses)
  }

  func push(_ call: SyncCall) async throws -> SyncReply {
    let push: PushRequest = try call.message()
    let peer = try await admission.admit(
      call.accepted, .within(session: push.session, counter: push.counter, path: "push"))
    let keys = try await environment.database.withConnection {
      try await RegionKeyStore.known(peer.region, purpose: .stream, on: $0)
    }
    let answer = try push.answer.open(key: { keys[$0] }, stream: peer.silo, audience: .control)
    let receiver = pushReceiver(for: peer)
    do {
      let request = try await receiver.receive(answer)
      if let envelope = push.answer.envelope { proofs.note(envelope, of: peer.number) }
      environment.doorbell.ring()
      return SyncReply(
        PushAnswer(request: SyncRequestDocument(request, proofs: proofs.latest(of: peer.number))))
    } catch let fault as BatchFault {
      environment.logger.warning(
        "a pushed batch was refused", metadata: ["sync.region": "\(peer.number)", "sync.fault": "\(fault.rawValue)"])
      return SyncReply(
        PushAnswer(request: SyncRequestDocument(try await receiver.cursors()), fault: fault.rawValue))
    }
  }

  /// The sender's answer, unless the session ends while it is held.
  private func answer(_ request: SyncRequest, to peer: Peer, session: String) async throws -> SyncAnswer {
    let seen = cuts.rings
    return try await withThrowingTaskGroup(of: SyncAnswer?.self) { group in
      group.addTask { try await sender.answer(request) }
      group.addTask {
        try await waitForCut(of: peer, session: session, beyond: seen)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let answer = first else { throw Admission.fenced }
      return answer
    }
  }

  /// Returns when the session is over. Another process's revocation shows when the answer is about to leave.
  private func waitForCut(of peer: Peer, session: String, beyond start: UInt64) async throws {
    var seen = start
    while true {
      _ = await cuts.wait(beyond: seen, limit: .seconds(60))
      try Task.checkCancellation()
      guard cuts.rings != seen else { continue }
      seen = cuts.rings
      guard try await admission.isLive(peer, session: session) else { return }
    }
  }

  private func pushReceiver(for peer: Peer) -> PushReceiver {
    PushReceiver(client: environment.database.client, stream: peer.silo, audience: .control, registry: registry)
  }

  private static var notYet: SyncProblem {
    var problem = SyncProblem(.retryLater, "The log of control has not begun yet.")
    problem.retryAfterMilliseconds = 500
    return problem
  }
}
