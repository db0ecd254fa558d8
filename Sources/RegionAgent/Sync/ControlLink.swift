package import AsyncHTTPClient
package import Logging
package import Outbox
package import Postgres
package import Silo
package import SyncProtocol
package import Web

/// This agent's standing with control: the session that puller and pusher share, the manifest that is believed, and when control may be
/// asked again.
///
/// An actor because it lives as long as the process and is asked from two loops at once; its state is only touched between awaits.
package actor ControlLink {
  /// How long calls may take besides a long poll's hold.
  static let callTimeout = Duration.seconds(20)
  /// Milliseconds until the next try after a refusal that says no time.
  private static let refusalPause: Int64 = 5_000
  /// Milliseconds between tries of a revoked or outdated agent.
  private static let revokedPause: Int64 = 60_000

  let identity: RegionIdentity
  private let file: RegionIdentityFile
  private let database: SiloDatabase<RegionSilo>
  let counter: RequestCounter
  private let wallClock: WallClock
  private let observer: WebObserver
  /// What control said about the traces of batches on their way to be applied.
  nonisolated let traces = TraceRelay()
  private let logger: Logger
  private let instance: String
  private nonisolated let proofs: CursorProofs
  /// Rung when control has questions about rows.
  nonisolated let questions = Doorbell()

  private(set) var manifest: Manifest
  private var http: HTTPClient?
  private var authorities: OutboundAuthorities?
  private(set) var session: HelloAnswer?
  private var notBefore: ContinuousClock.Instant?
  /// Whether the last exchange worked. The first pull after a loss is not held back: its answer says that the way is there again.
  private var isReached = false
  private var isGreeting = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  package private(set) var state = ConnectionState.connecting

  /// - Throws: ``ManifestFailure`` when the stored manifest is no longer one, which only a damaged file explains.
  package init(
    identity: RegionIdentity, file: RegionIdentityFile, database: SiloDatabase<RegionSilo>, counter: RequestCounter,
    clock: WallClock = .system, observer: WebObserver = .none, logger: Logger
  ) throws {
    self.identity = identity
    self.file = file
    self.database = database
    self.counter = counter
    wallClock = clock
    self.observer = observer
    self.logger = logger
    proofs = CursorProofs(database: database)
    manifest = try Manifest(body: identity.manifest.content)
    instance = Hexadecimal.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
  }

  /// Gives the link its transport. Before that control counts as not reachable.
  ///
  /// - Parameter authorities: what became of those that it was made with.
  package func open(_ http: HTTPClient, authorities: OutboundAuthorities? = nil) {
    self.http = http
    self.authorities = authorities
  }

  /// One pull: the puller's exchange. Whatever control asks for before it may be asked again becomes `.retry`.
  ///
  /// - Throws: ``SyncTransportFailure``, ``WireError`` or ``SyncProblem``; the caller backs off.
  package func pull(_ request: SyncRequest) async throws -> SyncAnswer {
    if let pause = pause() { return SyncAnswer(body: .retry(after: pause), held: 0, age: 0) }
    let session = try await greeted()
    var request = request
    if !isReached { request.holdLimit = 0 }
    var document = SyncRequestDocument(request, proofs: try await proofs.matching(request.claims))
    // An older control writes pointers to start us over.
    if !session.capabilities.contains(.snapshot) { document.snapshots = .unable }
    let message = PullRequest(
      session: session.session, counter: try counter.next(), manifestVersion: manifest.version, request: document)
    let timeout = Duration.milliseconds(request.holdLimit) + Self.callTimeout
    let answer: PullAnswer = try await watching(session.session) {
      try await client().call(SyncPath.pull, message, timeout: timeout).message()
    }
    isReached = true
    if answer.manifestVersion > manifest.version { await renewManifest() }
    if answer.compares { questions.ring() }
    let opened = try answer.answer.open(
      key: { [manifest] in manifest.key($0) }, stream: .control, audience: identity.silo)
    if let name = answer.reconcile { try await returnReceipts(name, session: session.session) }
    if let envelope = answer.answer.envelope {
      proofs.note(envelope)
      traces.note(answer.traces, lane: envelope.lane, through: envelope.to)
    }
    return opened
  }

  /// Gives back what control granted: its database was restored, and it starts nobody over before it knows.
  private func returnReceipts(_ name: String, session: String) async throws {
    var pages = ReceiptPages(database: database)
    var merged: Int64 = 0
    while let page = try await pages.next() {
      let request = ReceiptsRequest(
        session: session, counter: try counter.next(), reconcile: name, receipts: page.receipts, ended: page.ended,
        isComplete: page.isLast)
      let answer: ReceiptsAnswer = try await watching(session) {
        try await client().call(SyncPath.receipts, request, timeout: Self.callTimeout).document()
      }
      merged += answer.merged
    }
    logger.notice("returned receipts to a restored control", metadata: ["reconcile.differences": "\(merged)"])
  }

  /// Keeps the proof of the cursor that a pulled batch moves, in the transaction that applies it.
  package nonisolated func record(_ plan: ApplyPlan, on connection: PostgresConnection) async throws {
    try await proofs.record(plan, on: RegionConnection(connection))
  }

  /// One turn of a comparison that control drives.
  ///
  /// - Throws: as ``pull(_:)``.
  package func compare(_ answer: CompareAnswer?) async throws -> CompareReply {
    if let pause = pause() { throw Self.waiting(pause) }
    let session = try await greeted()
    let message = CompareRequest(session: session.session, counter: try counter.next(), answer: answer)
    return try await watching(session.session) {
      try await client().call(SyncPath.compare, message, timeout: Self.callTimeout).document()
    }
  }

  /// One push of the region's own log; nil when there is no session and none may be asked for yet.
  ///
  /// - Returns: what control asks for next, and why it dropped the batch if it did.
  package func push(_ answer: SyncAnswer, traces: [String] = []) async throws -> PushAnswer {
    if let pause = pause() { throw Self.waiting(pause) }
    let session = try await greeted()
    var message = PushRequest(
      session: session.session, counter: try counter.next(),
      answer: try SyncAnswerDocument(sealing: answer, key: identity.streamKey))
    message.traces = traces
    try FaultPoint.hit(.deliverBeforeSend)
    return try await watching(session.session) {
      try await client().call(
        SyncPath.push, message, compressed: session.capabilities.contains(.zlib), timeout: Self.callTimeout
      ).document()
    }
  }

  /// What control asks of the region's log when a session begins, and the session's name.
  package func opening() async throws -> (session: String, request: SyncRequest, bulk: BulkRequest?) {
    let session = try await greeted()
    return (session.session, request(session.request), session.request.bulk)
  }

  /// Control's word as a request on this region's log.
  package func request(_ document: SyncRequestDocument) -> SyncRequest {
    let key = KnownKey(key: identity.streamKey.verificationKey, purpose: .stream)
    return document.request(of: .control, on: identity.silo) { $0 == key.key.thumbprint ? key : nil }
  }

  /// Milliseconds until control may be asked again; nil when it may be asked now. With full jitter, so that the regions of a restarted
  /// control do not come at once.
  package func pause() -> Int64? {
    guard let notBefore else { return nil }
    let left = Int64((notBefore - .now) / .milliseconds(1))
    return left > 0 ? left : nil
  }

  private static func waiting(_ milliseconds: Int64) -> SyncTransportFailure {
    SyncTransportFailure(.connection, "control is asked again in \(milliseconds) ms")
  }

  private func transport() throws -> HTTPClient {
    guard let http else { throw SyncTransportFailure(.connection, "the agent has not started") }
    return http
  }

  func client() throws -> SyncClient {
    SyncClient(
      http: try transport(), authorities: authorities, url: identity.controlURL, audience: .control, clock: wallClock,
      keys: { [manifest] in manifest.key($0) }, signer: { [identity] in identity.agentKey })
  }

  /// The session; begins one if there is none. One hello at a time.
  func greeted() async throws -> HelloAnswer {
    while isGreeting { await withCheckedContinuation { waiting.append($0) } }
    if let session { return session }
    if let pause = pause() { throw Self.waiting(pause) }
    isGreeting = true
    defer {
      isGreeting = false
      let resumed = waiting
      waiting = []
      for waiter in resumed { waiter.resume() }
    }
    let request = try await hello()
    let answer: HelloAnswer = try await watching(nil) {
      try await client().call(SyncPath.hello, request, timeout: Self.callTimeout).document()
    }
    guard request.versions.contains(answer.version) else {
      noVersionInCommon()
      notBefore = .now + .milliseconds(Int64.random(in: Self.revokedPause / 2...Self.revokedPause))
      throw SyncTransportFailure(.malformed, "control chose version \(answer.version), which this agent does not speak")
    }
    session = answer
    state = .connected
    logger.info("connected to control")
    if answer.manifestVersion > manifest.version { await renewManifest() }
    return answer
  }

  private func hello() async throws -> HelloRequest {
    let (log, highest) = try await database.withConnection { connection in
      (
        try await LogPositionStore.own(on: connection),
        try await LogPositionStore.highestEpoch(of: .control, on: connection)
      )
    }
    guard let log else { throw SyncTransportFailure(.connection, "the region's own log has not begun yet") }
    return HelloRequest(
      silo: identity.silo, instance: instance, software: RegionJoin.software, counter: try counter.next(), log: log,
      highestPeerEpoch: highest, manifestVersion: manifest.version)
  }

  /// Runs an exchange and draws the consequences of a signed refusal.
  func watching<Result>(_ name: String?, _ exchange: () async throws -> Result) async throws -> Result {
    do {
      let result = try await exchange()
      if state != .connected, name != nil { state = .connected }
      return result
    } catch let problem as SyncProblem {
      isReached = false
      observer(.refusedByPeer(problem.code))
      refused(problem, session: name)
      throw problem
    } catch let failure as SyncTransportFailure {
      isReached = false
      observer(.failed(reason: failure.code.rawValue))
      if state == .connected { state = .connecting }
      // Perhaps control signs with a key that only a newer manifest lists.
      if failure.code == .unverified { await renewManifest() }
      // All regions may have lost control at this moment: come back at a random one of the time that control named for all.
      let spread = Int64(session?.limits.returnMilliseconds ?? 0)
      if spread > 0, pause() == nil { notBefore = .now + .milliseconds(Int64.random(in: 0...spread)) }
      throw failure
    }
  }

  private func refused(_ problem: SyncProblem, session name: String?) {
    let pause: Int64
    switch problem.code {
    case .revoked:
      state = .revoked
      pause = Self.revokedPause
    case .pendingApproval:
      state = .pending
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? Self.refusalPause
    case .sessionFenced:
      // A later hello of this very process ends its older session too; only a stranger's makes us stand back.
      guard session == nil || session?.session == name else { return }
      state = .fenced
      pause = Self.refusalPause
    case .standby:
      if state != .standby { logger.info("stands by: another agent of this region is active") }
      state = .standby
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? Self.refusalPause
    case .counterFell, .cloneSuspected:
      // Either a copy of the key is in use or the counter's file was lost. Both are an operator's to settle.
      state = .fenced
      pause = Self.revokedPause
    case .versionUnsupported:
      noVersionInCommon()
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? Self.revokedPause
    case .retryLater:
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? Self.refusalPause
    default:
      state = .connecting
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? 0
    }
    if problem.code != .retryLater, problem.code != .batchRefused, session?.session == name || name == nil {
      session = nil
    }
    // A time that control named is this region's own and has its jitter already.
    let isNamed = problem.retryAfterMilliseconds != nil
    if pause > 0 { notBefore = .now + .milliseconds(isNamed ? pause : Int64.random(in: pause / 2...pause)) }
    logger.warning(
      "control refused", metadata: ["sync.code": "\(problem.code.rawValue)", "sync.reason": "\(problem.reason ?? "-")"])
  }

  /// Nothing is lost meanwhile: both logs wait, and the region serves.
  private func noVersionInCommon() {
    if state != .incompatible {
      logger.error("control and this agent have no version of the protocol in common: upgrade the older of the two")
    }
    state = .incompatible
  }

  func farewellFailed(_ error: any Error) {
    logger.debug("control did not hear the good-bye", metadata: ["error": "\(error)"])
  }

  /// Takes a newer manifest that a root we trust has signed. Failing that, the old one stays: it never stops the region.
  private func renewManifest() async {
    do {
      let signed = try await ManifestFetch(
        http: transport(), url: identity.controlURL, authorities: authorities
      ).fetch()
      let next = try signed.verify(
        trust: .previous(manifest), allowsDevelopment: identity.development, now: wallClock.seconds())
      guard next.version > manifest.version else { return }
      var renewed = identity
      renewed.manifest = signed
      try file.write(.joined(renewed))
      manifest = next
      logger.info("took a newer manifest", metadata: ["manifest.version": "\(next.version)"])
    } catch {
      logger.warning("a newer manifest is not usable", metadata: ["error": "\(error)"])
    }
  }
}
