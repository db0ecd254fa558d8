import AsyncHTTPClient
import FoundationEssentials
import SyncProtocol
import Web

/// One agent's standing with control, over real signed HTTP: session, pauses that control names, and when it may come back.
actor AgentLink {
  private static let callTimeout = Duration.seconds(20)

  let identity: AgentIdentity
  private let http: HTTPClient
  private let client: SyncClient
  private let manifest: Manifest
  private let recorder: Recorder
  private let instance = (0..<32).map { _ in "0123456789abcdef".randomElement() ?? "0" }
  private var counter = Int64(Date().timeIntervalSince1970 * 1_000_000)
  private var session: HelloAnswer?
  private var notBefore: ContinuousClock.Instant?
  private var isAway = true
  private var isGreeting = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(identity: AgentIdentity, url: String, manifest: Manifest, recorder: Recorder, http: HTTPClient) {
    self.identity = identity
    self.manifest = manifest
    self.recorder = recorder
    self.http = http
    client = SyncClient(
      http: http, url: url, audience: .control, keys: { manifest.key($0) }, signer: { identity.agentKey })
  }

  func pull(_ request: SyncRequest) async throws -> SyncAnswer {
    if let pause = pause() { return SyncAnswer(body: .retry(after: pause), held: 0, age: 0) }
    let session = try await greeted()
    var request = request
    if isAway { request.holdLimit = 0 }
    let message = PullRequest(
      session: session.session, counter: next(), manifestVersion: manifest.version,
      request: SyncRequestDocument(request))
    let timeout = Duration.milliseconds(request.holdLimit) + Self.callTimeout
    let answer: PullAnswer = try await watching(session.session) {
      try await client.call(SyncPath.pull, message, timeout: timeout).message()
    }
    return try answer.answer.open(key: { [manifest] in manifest.key($0) }, stream: .control, audience: identity.silo)
  }

  func push(_ answer: SyncAnswer) async throws -> SyncRequest {
    if let pause = pause() { throw SyncTransportFailure(.connection, "\(pause) ms") }
    let session = try await greeted()
    let message = PushRequest(
      session: session.session, counter: next(),
      answer: try SyncAnswerDocument(sealing: answer, key: identity.streamKey))
    let pushed: PushAnswer = try await watching(session.session) {
      try await client.call(SyncPath.push, message, compressed: false, timeout: Self.callTimeout).document()
    }
    if let fault = pushed.fault { recorder.fault("push: \(fault)") }
    return request(pushed.request)
  }

  func opening() async throws -> (session: String, request: SyncRequest) {
    let session = try await greeted()
    return (session.session, request(session.request))
  }

  /// Milliseconds until control may be asked again; nil when it may be asked now.
  func pause() -> Int64? {
    guard let notBefore else { return nil }
    let left = Int64((notBefore - .now) / .milliseconds(1))
    return left > 0 ? left : nil
  }

  private func request(_ document: SyncRequestDocument) -> SyncRequest {
    // Light storage has no chunks to bring, as its hello said: control starts over by pointers, of which there are none.
    var document = document
    document.snapshots = .unable
    return document.request(of: .control, on: identity.silo) { _ in nil }
  }

  private func next() -> Int64 {
    counter += 1
    return counter
  }

  private func greeted() async throws -> HelloAnswer {
    while isGreeting { await withCheckedContinuation { waiting.append($0) } }
    if let session { return session }
    if let pause = pause() { throw SyncTransportFailure(.connection, "\(pause) ms") }
    isGreeting = true
    defer {
      isGreeting = false
      let resumed = waiting
      waiting = []
      for waiter in resumed { waiter.resume() }
    }
    let hello = HelloRequest(
      capabilities: [.zlib], silo: identity.silo, instance: String(instance), software: "scale/0", counter: next(),
      log: LogDescription(epoch: identity.epoch, head: .zero), highestPeerEpoch: 0, manifestVersion: manifest.version)
    let answer: HelloAnswer = try await watching(nil) {
      try await client.call(SyncPath.hello, hello, timeout: Self.callTimeout).document()
    }
    session = answer
    return answer
  }

  /// Runs an exchange, notes what it says about being away, and draws the consequences of a refusal as a region does.
  private func watching<Result>(_ name: String?, _ exchange: () async throws -> Result) async throws -> Result {
    let sentAt = ContinuousClock.now
    let wasAway = isAway
    do {
      let result = try await exchange()
      if wasAway { recorder.arrived(at: sentAt) }
      if isAway {
        isAway = false
        recorder.isBack(identity.name)
      }
      return result
    } catch let problem as SyncProblem {
      if wasAway { recorder.arrived(at: sentAt) }
      if problem.code != .retryLater { recorder.fault(problem.code.rawValue) }
      if problem.code != .retryLater, session?.session == name || name == nil { session = nil }
      let pause = problem.retryAfterMilliseconds.map(Int64.init) ?? (problem.code == .sessionFenced ? 1000 : 0)
      if pause > 0 { notBefore = .now + .milliseconds(pause) }
      throw problem
    } catch let failure as SyncTransportFailure {
      isAway = true
      let spread = Int64(session?.limits.returnMilliseconds ?? 0)
      if spread > 0, pause() == nil { notBefore = .now + .milliseconds(Int64.random(in: 0...spread)) }
      throw failure
    }
  }
}
