import Hummingbird
import Logging
import NIOCore
import Synchronization
import SyncProtocol
import Web

/// Just enough of control to be joined and to refuse: it signs, and answers what a test says. The real one is met in EndToEnd.
final class FakeControl: Sendable {
  /// What the fake answers, and what it saw.
  struct Script: Sendable {
    var join: Result<JoinAnswer, SyncProblem>
    var hello = SyncProblem(.retryLater, "not yet")
    var joins: [JoinRequest] = []
    var hellos: [HelloRequest] = []
    /// Lets every hello in, and asks for nothing.
    var welcomes = false
    /// What it then chooses to speak.
    var version = 1
    /// How pulls are refused; nil: they are answered with nothing.
    var pull: SyncProblem?
    var pulls: [PullRequest] = []
  }

  let pin: String
  let script: Mutex<Script>
  private let manifest: [UInt8]
  private let sync: SyncServer

  /// - Parameter signer: what really signs answers; nil for the manifest's key.
  init(development: Bool = false, expired: Bool = false, signer: SigningKey? = nil) throws {
    let root = try SigningKey(purpose: .root)
    let control = try SigningKey(purpose: .control)
    let stream = try SigningKey(purpose: .stream)
    pin = root.verificationKey.fingerprint
    script = Mutex(
      Script(join: .success(JoinAnswer(state: .approved, silo: SiloNumber(7) ?? .control, region: "eu"))))
    let now = expired ? 1000 : WallClock.system.seconds()
    let manifest = Manifest(
      version: 1, issued: now, expires: now + 86_400, development: development,
      primaryRoot: root.verificationKey, recoveryRoot: try SigningKey(purpose: .recovery).verificationKey,
      keys: [
        KnownKey(key: control.verificationKey, purpose: .control),
        KnownKey(key: stream.verificationKey, purpose: .stream),
      ])
    guard let manifest else { throw SyncProblem(.badMessage, "no manifest") }
    self.manifest = try SignedManifest(manifest, roots: [root]).bytes
    sync = SyncServer(silo: .control, logger: Self.logger, signer: { signer ?? control })
  }

  private func makeRouter() -> Router<WebContext> {
    let router = Router<WebContext>.withProblems()
    router.get(RouterPath(SyncPath.manifest)) { _, _ in
      Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(bytes: self.manifest)))
    }
    router.post(RouterPath(SyncPath.join)) { request, _ in
      try await self.sync.respondToJoin(to: request) { _, join in
        let answer = self.script.withLock { script in
          script.joins.append(join)
          return script.join
        }
        return SyncReply(try answer.get())
      }
    }
    router.post(RouterPath(SyncPath.hello)) { request, _ in
      try await self.sync.respond(
        to: request,
        keys: { self.known($0) }
      ) { call in
        let hello: HelloRequest = try call.document()
        let (refusal, version) = self.script.withLock { script in
          script.hellos.append(hello)
          return (script.welcomes ? nil : script.hello, script.version)
        }
        if let refusal { throw refusal }
        return SyncReply(try Self.welcome(hello, version: version))
      }
    }
    addStream(to: router)
    return router
  }

  private func addStream(to router: Router<WebContext>) {
    router.post(RouterPath(SyncPath.pull)) { request, _ in
      try await self.sync.respond(to: request, keys: { self.known($0) }) { call in
        let pull: PullRequest = try call.document()
        let refusal = self.script.withLock { script in
          script.pulls.append(pull)
          return script.pull
        }
        if let refusal { throw refusal }
        let nothing = SyncAnswer(body: .retry(after: 5), held: 0, age: 0)
        let answer = PullAnswer(
          answer: try SyncAnswerDocument(sealing: nothing, key: try SigningKey(purpose: .stream)), manifestVersion: 1)
        return try SyncReply(answer, compressed: false)
      }
    }
    router.post(RouterPath(SyncPath.push)) { request, _ in
      try await self.sync.respond(to: request, keys: { self.known($0) }) { _ in
        SyncReply(PushAnswer(request: Self.asking))
      }
    }
  }

  private func known(_ keyid: String) -> KnownKey? {
    script.withLock { $0.joins.last?.agentKey }.flatMap { key in
      key.thumbprint == keyid ? KnownKey(key: key, purpose: .agent) : nil
    }
  }

  /// Control knows nothing of the region's log and waits long for news.
  private static let asking = SyncRequestDocument(
    SyncRequest(
      receiver: .control, claims: [CursorClaim(lane: .main, cursor: nil, seen: .zero, isProven: false)], nacks: [],
      holdLimit: 20_000))

  private static func welcome(_ hello: HelloRequest, version: Int) throws -> HelloAnswer {
    HelloAnswer(
      version: version, capabilities: [], session: "0123456789abcdef", log: hello.log, highestPeerEpoch: 0,
      request: asking,
      manifestVersion: 1)
  }

  /// Serves on a free port while `body` runs.
  func serving<Value: Sendable>(_ body: @Sendable @escaping (_ url: String) async throws -> Value) async throws -> Value
  {
    let server = WebServer(router: makeRouter(), address: WebServer.Address(port: 0), logger: Self.logger)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask {
        do { try await server.run() } catch is CancellationError {}
        return nil
      }
      group.addTask { try await body("http://127.0.0.1:\(await server.boundPort)") }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  /// Quiet, but keeps metadata: the framework reads the request id from it.
  static var logger: Logger {
    var logger = Logger(label: "test.control")
    logger.logLevel = .critical
    return logger
  }
}
