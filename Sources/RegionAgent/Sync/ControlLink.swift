package import AsyncHTTPClient
package import Logging
package import Outbox
package import Silo
package import SyncProtocol
package import Web

/// This agent's standing with control: the session that puller and pusher share, the manifest that is believed, and when control may be
/// asked again.
///
/// An actor because it lives as long as the process and is asked from two loops at once; its state is only touched between awaits.
package actor ControlLink {
  /// How long calls may take besides a long poll's hold.
  private static let callTimeout = Duration.seconds(20)
  /// Milliseconds until the next try after a refusal that says no time.
  private static let refusalPause: Int64 = 5_000
  /// Milliseconds between tries of a revoked or outdated agent.
  private static let revokedPause: Int64 = 60_000

  private let identity: RegionIdentity
  private let file: RegionIdentityFile
  private let database: SiloDatabase<RegionSilo>
  private let counter: RequestCounter
  private let wallClock: WallClock
  private let logger: Logger
  private let instance: String
  private let proofs: CursorProofs

  private var manifest: Manifest
  private var http: HTTPClient?
  private var session: HelloAnswer?
  private var notBefore: ContinuousClock.Instant?
  private var isGreeting = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  package private(set) var state = ConnectionState.connecting

  /// - Throws: ``ManifestFailure`` when the stored manifest is no longer one, which only a damaged file explains.
  package init(
    identity: RegionIdentity, file: RegionIdentityFile, database: SiloDatabase<RegionSilo>, counter: RequestCounter,
    clock: WallClock = .system, logger: Logger
  ) throws {
    self.identity = identity
    self.file = file
    self.database = database
    self.counter = counter
    wallClock = clock
    self.logger = logger
    proofs = CursorProofs(database: database)
    manifest = try Manifest(body: identity.manifest.content)
    instance = Hexadecimal.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
  }

  /// Gives the link its transport. Before that control counts as not reachable.
  package func open(_ http: HTTPClient) { self.http = http }

  /// One pull: the puller's exchange. Whatever control asks for before it may be asked again becomes `.retry`.
  ///
  /// - Throws: ``SyncTransportFailure``, ``WireError`` or ``SyncProblem``; the caller backs off.
  package func pull(_ request: SyncRequest) async throws -> SyncAnswer {
    if let pause = pause() { return SyncAnswer(body: .retry(after: pause), held: 0, age: 0) }
    let session = try await greeted()
    let document = SyncRequestDocument(request, proofs: try await proofs.matching(request.claims))
    let message = PullRequest(
      session: session.session, counter: try counter.next(), manifestVersion: manifest.version, request: document)
    let timeout = Duration.milliseconds(request.holdLimit) + Self.callTimeout
    let answer: PullAnswer = try await watching(session.session) {
      try await client().call(SyncPath.pull, message, timeout: timeout).message()
    }
    if answer.manifestVersion > manifest.version { await renewManifest() }
    let opened = try answer.answer.open(
      key: { [manifest] in manifest.key($0) }, stream: .control, audience: identity.silo)
    if let envelope = answer.answer.envelope { try await proofs.keep(envelope) }
    return opened
  }

  /// One push of the region's own log; nil when there is no session and none may be asked for yet.
  ///
  /// - Returns: what control asks for next, and why it dropped the batch if it did.
  package func push(_ answer: SyncAnswer) async throws -> PushAnswer {
    let session = try await greeted()
    let message = PushRequest(
      session: session.session, counter: try counter.next(),
      answer: try SyncAnswerDocument(sealing: answer, key: identity.streamKey))
    try FaultPoint.hit(.deliverBeforeSend)
    return try await watching(session.session) {
      try await client().call(
        SyncPath.push, message, compressed: session.capabilities.contains(.zlib), timeout: Self.callTimeout
      ).document()
    }
  }

  /// What control asks of the region's log when a session begins, and the session's name.
  package func opening() async throws -> (session: String, request: SyncRequest) {
    let session = try await greeted()
    return (session.session, request(session.request))
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

  private func transport() throws -> HTTPClient {
    guard let http else { throw SyncTransportFailure(.connection, "the agent has not started") }
    return http
  }

  private func client() throws -> SyncClient {
    SyncClient(
      http: try transport(), url: identity.controlURL, audience: .control, clock: wallClock,
      keys: { [manifest] in manifest.key($0) }, signer: { [identity] in identity.agentKey })
  }

  /// The session; begins one if there is none. One hello at a time.
  private func greeted() async throws -> HelloAnswer {
    while isGreeting { await withCheckedContinuation { waiting.append($0) } }
    if let session { return session }
    if let pause = pause() {
      throw SyncTransportFailure(.connection, "control asked to wait for \(pause) ms")
    }
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
  private func watching<Result>(_ name: String?, _ exchange: () async throws -> Result) async throws -> Result {
    do {
      let result = try await exchange()
      if state != .connected, name != nil { state = .connected }
      return result
    } catch let problem as SyncProblem {
      refused(problem, session: name)
      throw problem
    } catch let failure as SyncTransportFailure {
      if state == .connected { state = .connecting }
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
    case .counterFell:
      // Either a copy of the key is in use or the counter's file was lost. Both are an operator's to settle.
      state = .fenced
      pause = Self.revokedPause
    case .versionUnsupported:
      state = .connecting
      pause = Self.revokedPause
    case .retryLater:
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? Self.refusalPause
    default:
      state = .connecting
      pause = problem.retryAfterMilliseconds.map(Int64.init) ?? 0
    }
    if problem.code != .retryLater, problem.code != .batchRefused, session?.session == name || name == nil {
      session = nil
    }
    if pause > 0 { notBefore = .now + .milliseconds(Int64.random(in: pause / 2...pause)) }
    logger.warning(
      "control refused", metadata: ["sync.code": "\(problem.code.rawValue)", "sync.reason": "\(problem.reason ?? "-")"])
  }

  /// Takes a newer manifest that a root we trust has signed. Failing that, the old one stays: it never stops the region.
  private func renewManifest() async {
    do {
      let signed = try await ManifestFetch(http: transport(), url: identity.controlURL).fetch()
      let next = try signed.verify(
        trust: .previous(manifest), allowsDevelopment: identity.development, now: wallClock.seconds())
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
