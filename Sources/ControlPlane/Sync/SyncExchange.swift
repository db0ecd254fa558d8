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
  private let manifests: ManifestAcknowledgements
  private let gate: SyncGate
  private let comparisons: ComparisonExchange
  private let reconciler: Reconciliations
  private let desk: ComparisonDesk
  private let beside: BulkExchange
  private let departures = Departures()

  package init(
    environment: ControlEnvironment, keyring: ControlKeyring, registry: KindRegistry, sender: Sender, bulk: BulkSender,
    desk: ComparisonDesk = ComparisonDesk()
  ) {
    self.environment = environment
    self.keyring = keyring
    self.registry = registry
    self.sender = sender
    self.desk = desk
    comparisons = ComparisonExchange(environment: environment, registry: registry)
    reconciler = Reconciliations(environment: environment) { keyring.known($0) }
    gate = SyncGate(limits: environment.limits.sync)
    proofs = BatchProofs()
    manifests = ManifestAcknowledgements(environment: environment)
    admission = Admission(environment: environment, proofs: proofs)
    beside = BulkExchange(
      environment: environment, keyring: keyring, registry: registry, sender: bulk, admission: admission)
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
    let region = try region(of: call)
    return try await gate.serve(region) {
      let version = try await version(offered: hello.versions, by: region)
      return try await greet(call, hello, version: version)
    }
  }

  /// The highest version in common that the registry lets the region speak.
  private func version(offered: [Int], by region: RegionNumber) async throws -> Int {
    let bounds = try await gate.work(for: region) {
      try await environment.database.withConnection { try await RegionStore.protocolBounds(of: region, on: $0) }
    }
    let allowed = Negotiation.versions.filter(bounds.contains)
    guard let version = Negotiation.version(offered: offered, supported: allowed) else {
      try await gate.work(for: region) {
        try await environment.database.withConnection {
          try await RefusedVersionStore.note(offered: offered, allowed: allowed, by: region, on: $0)
        }
      }
      var problem = SyncProblem(.versionUnsupported, "No version of the protocol in common.")
      problem.versions = allowed
      throw problem
    }
    return version
  }

  private func greet(_ call: SyncCall, _ hello: HelloRequest, version: Int) async throws -> SyncReply {
    let session = Nonce.random().text
    let region = try region(of: call)
    let departed = departures.count(of: region)
    let peer: Peer
    do {
      peer = try await gate.work(for: region) {
        try await admission.greet(call.accepted, hello, session: session)
      }
    } catch let problem as SyncProblem where problem.code == .standby {
      throw try await standingBy(problem, region, since: departed)
    }
    // A pull that an older session holds ends, and is then refused.
    await sender.interrupt(peer.silo)
    try await manifests.note(hello.manifestVersion, by: peer.number, session: session)
    let receiver = pushReceiver(for: peer)
    let known = try await environment.database.withConnection { control in
      (
        log: try await StatusStore.log(on: control), regions: try await RegionStore.count(.active, on: control),
        highest: try await StatusStore.highestEpoch(of: peer.number, on: control),
        proofs: try await BatchProofStore.all(of: peer.number, on: control)
      )
    }
    guard let log = known.log else { throw Self.notYet }
    let cursors = try await receiver.cursors()
    let answer = HelloAnswer(
      version: version, capabilities: Negotiation.capabilities(offered: hello.capabilities), session: session, log: log,
      highestPeerEpoch: known.highest,
      request: SyncRequestDocument(
        // The last batch's proof may not be stored yet: a region that was restored just now needs that one.
        cursors, proofs: known.proofs.merging(proofs.latest(of: peer.number)) { $1 },
        bulk: try await beside.wanted(of: peer, cursors)),
      manifestVersion: keyring.manifestVersion,
      limits: HelloAnswer.Limits(returnMilliseconds: Int(gate.spread(over: known.regions))))
    return SyncReply(answer)
  }

  /// Keeps back that an agent stands by until the active one says good-bye, as long as an idle answer is held: then it may ask again at once.
  private func standingBy(
    _ problem: SyncProblem, _ region: RegionNumber, since departed: UInt64
  ) async throws -> SyncProblem {
    let limit = min(sender.idleHold, Self.longestStandby)
    let hasLeft = await departures.wait(for: region, beyond: departed, limit: .milliseconds(limit))
    try Task.checkCancellation()
    var problem = problem
    problem.retryAfterMilliseconds = hasLeft ? 1 : 1000
    return problem
  }

  /// Milliseconds: below the time in which an agent expects an answer to its hello.
  private static let longestStandby: Int64 = 10_000

  /// The active agent of a region stops: what holds an answer for it ends, and one that stands by may take over.
  func bye(_ call: SyncCall) async throws -> SyncReply {
    let bye: ByeRequest = try call.document()
    let region = try region(of: call)
    return try await gate.serve(region) {
      try await gate.work(for: region) {
        let peer = try await admission.admit(call.accepted, session: bye.session, counter: bye.counter, path: "bye")
        try await environment.database.withConnection {
          try await AgentSessionStore.depart(bye.session, region: peer.number, on: $0)
        }
        await sender.interrupt(peer.silo)
        departures.note(peer.number)
        return SyncReply(ByeAnswer())
      }
    }
  }

  func pull(_ call: SyncCall) async throws -> SyncReply {
    let pull: PullRequest = try call.document()
    let region = try region(of: call)
    return try await gate.serve(region) {
      let peer = try await gate.work(for: region) {
        try await admission.admit(
          call.accepted, session: pull.session, counter: pull.counter,
          path: pull.request.waitMilliseconds > 0 ? "pull" : "pull-now",
          // Its refusals are kept later than this: until then nobody knows what the region has.
          isRefilling: pull.request.snapshots == .running || !pull.request.nacks.isEmpty)
      }
      try await manifests.note(pull.manifestVersion, by: peer.number, session: pull.session)
      let request = pull.request.request(of: peer.silo, on: .control) { keyring.known($0) }
      // Holds no slot: a held request does no work, and the sender serves one request of a region after the other.
      let read = try await answer(try await reconciler.hurried(request), to: peer, session: pull.session)
      let (answer, receipts) = try await reconciler.check(read, to: request, of: peer.number)
      switch answer.body {
      case .refused: try await gate.pause()
      case .batch: gate.progress(region, .down, request)
      case .resynchronize, .retry: break
      }
      return try await gate.work(for: region) {
        let document = try SyncAnswerDocument(sealing: answer, key: keyring.stream)
        try FaultPoint.hit(.deliverBeforeSend)
        var reply = PullAnswer(
          answer: document, manifestVersion: keyring.manifestVersion, compares: desk.hasQuestions(for: peer.number),
          reconcile: receipts)
        reply.traces = await ExchangeTraces(environment).delivered(answer, to: peer)
        return try SyncReply(reply, compressed: peer.compresses)
      }
    }
  }

  /// A page of what a region holds of a restored control's grants.
  func receipts(_ call: SyncCall) async throws -> SyncReply {
    let page: ReceiptsRequest = try call.document()
    let region = try region(of: call)
    return try await gate.serve(region) {
      try await gate.work(for: region) {
        let peer = try await admission.admit(
          call.accepted, session: page.session, counter: page.counter, path: "receipts")
        return SyncReply(try await reconciler.take(page, of: peer.number))
      }
    }
  }

  /// A turn of a comparison.
  func compare(_ call: SyncCall) async throws -> SyncReply {
    let compare: CompareRequest = try call.document()
    let region = try region(of: call)
    return try await gate.serve(region) {
      try await gate.work(for: region) {
        let peer = try await admission.admit(
          call.accepted, session: compare.session, counter: compare.counter, path: "compare")
        return SyncReply(try await comparisons.turn(of: peer.number, answer: compare.answer))
      }
    }
  }

  /// The sender's answer, unless the session has ended meanwhile.
  ///
  /// Rows are read in a snapshot in which the session was live and its key active; what is not a batch may be the end of a hold that was cut.
  private func answer(_ request: SyncRequest, to peer: Peer, session: String) async throws -> SyncAnswer {
    let liveness = AgentSessionStore.liveness(session, region: peer.number, thumbprint: peer.thumbprint)
    do {
      let answer = try await sender.answer(request, while: liveness)
      if case .batch = answer.body { return answer }
      guard try await admission.isLive(peer, session: session) else { throw Admission.fenced }
      return answer
    } catch is ReceiverExcluded {
      throw Admission.fenced
    }
  }

  func push(_ call: SyncCall) async throws -> SyncReply {
    let push: PushRequest = try call.message()
    let region = try region(of: call)
    return try await gate.serve(region) {
      let (reply, isRefused) = try await gate.work(for: region) { try await take(push, call) }
      if isRefused { try await gate.pause() }
      return reply
    }
  }

  /// Rows beside control's stream, for a region.
  func bulk(_ call: SyncCall) async throws -> SyncReply {
    let bulk: BulkCall = try call.document()
    let region = try region(of: call)
    return try await gate.serve(region) {
      try await gate.work(for: region) { try await beside.read(call, bulk) }
    }
  }

  /// Rows beside a region's stream, for control.
  func bulkPush(_ call: SyncCall) async throws -> SyncReply {
    let push: BulkPush = try call.message()
    let region = try region(of: call)
    return try await gate.serve(region) {
      try await gate.work(for: region) { try await beside.take(call, push) }
    }
  }

  private func take(_ push: PushRequest, _ call: SyncCall) async throws -> (SyncReply, isRefused: Bool) {
    let peer = try await admission.admit(call.accepted, session: push.session, counter: push.counter, path: "push")
    let keys = try await environment.database.withConnection {
      try await RegionKeyStore.known(peer.region, purpose: .stream, on: $0)
    }
    let answer = try push.answer.open(key: { keys[$0] }, stream: peer.silo, audience: .control)
    let receiver = pushReceiver(for: peer)
    do {
      let started = ContinuousClock.now
      let request = try await receiver.receive(answer)
      gate.progress(peer.number, .up, request)
      ExchangeTraces(environment).applied(push, of: peer, took: started.duration(to: .now))
      if let envelope = push.answer.envelope { proofs.note(envelope, of: peer.number) }
      // What only says how fresh the region is appends nothing.
      if answer.hasRows { environment.doorbell.ring() }
      let document = SyncRequestDocument(
        request, proofs: proofs.latest(of: peer.number), bulk: try await beside.wanted(of: peer, request))
      return (SyncReply(PushAnswer(request: document)), false)
    } catch let fault as BatchFault {
      environment.logger.warning(
        "a pushed batch was refused", metadata: ["sync.region": "\(peer.number)", "sync.fault": "\(fault.rawValue)"])
      let document = SyncRequestDocument(try await receiver.cursors())
      return (SyncReply(PushAnswer(request: document, fault: fault.rawValue)), true)
    }
  }

  /// Whose key signed; the key is known, because the signature was verified with it.
  private func region(of call: SyncCall) throws -> RegionNumber {
    guard let region = admission.region(of: call.accepted.key.thumbprint) else {
      throw SyncProblem(VerificationFailure(.keyUnknown, "unknown key"))
    }
    return region
  }

  private func pushReceiver(for peer: Peer) -> PushReceiver {
    // How long a region may keep back "nothing new": as long as control does towards it.
    PushReceiver(
      client: environment.database.client, stream: peer.silo, audience: .control, registry: registry,
      pace: ReceiverPace(hold: sender.idleHold(of: peer.silo)), observer: environment.observer)
  }

  private static var notYet: SyncProblem {
    var problem = SyncProblem(.retryLater, "The log of control has not begun yet.")
    problem.retryAfterMilliseconds = 500
    return problem
  }
}
