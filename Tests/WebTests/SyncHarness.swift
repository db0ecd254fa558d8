import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import SyncProtocol
import Testing

@testable import Web

/// A control with a few signed routes on a socket of the loopback, and an agent that calls it.
struct SyncHarness: Sendable {
  static let now: Int64 = 1_767_225_600

  let agent: SigningKey
  let stream: SigningKey
  let control: SigningKey
  let url: String
  let http: HTTPClient
  /// How often a handler ran.
  let calls: Calls

  /// Counts, and remembers nonces.
  final class Calls: Sendable {
    private let state = Mutex((count: 0, nonces: Set<String>()))

    var count: Int { state.withLock { $0.count } }

    func record(_ nonce: NonceRecord) throws {
      try state.withLock { state in
        guard state.nonces.insert("\(nonce.keyid) \(nonce.nonce)").inserted else {
          throw SyncProblem(VerificationFailure(.nonceReplayed, "used before"))
        }
        state.count += 1
      }
    }
  }

  struct Unexpected: Error {}

  /// Runs `work` against a server that is gone afterwards.
  static func with(_ work: @Sendable (SyncHarness) async throws -> Void) async throws {
    let agent = try SigningKey(purpose: .agent)
    let control = try SigningKey(purpose: .control)
    let revoked = try SigningKey(seed: [UInt8](repeating: 9, count: 32), purpose: .agent)
    let calls = Calls()
    let server = WebServer(
      router: router(agent: agent, revoked: revoked, control: control, calls: calls),
      address: WebServer.Address(port: 0), logger: quiet)
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: SyncClient.configuration)
    let stream = try SigningKey(purpose: .stream)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let bound = SyncHarness(
        agent: agent, stream: stream, control: control, url: "http://127.0.0.1:\(await server.boundPort)",
        http: http, calls: calls)
      do {
        try await work(bound)
      } catch {
        Issue.record(error)
      }
      group.cancelAll()
      do { try await group.waitForAll() } catch is CancellationError {}
    }
    try await http.shutdown()
  }

  private static var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
  }

  private static func router(
    agent: SigningKey, revoked: SigningKey, control: SigningKey, calls: Calls
  ) -> Router<WebContext> {
    let clock = WallClock { now }
    let sync = SyncServer(silo: .control, clock: clock, logger: quiet) { control }
    let router = Router.withProblems()
    let keys: SyncServer.KeyLookup = { keyid in
      if keyid == agent.keyid { return KnownKey(key: agent.verificationKey, purpose: .agent) }
      if keyid == revoked.keyid { return KnownKey(key: revoked.verificationKey, purpose: .agent, state: .revoked) }
      return nil
    }
    router.post("/sync/v1/hello") { request, _ in
      try await sync.respond(to: request, limit: 4096, keys: keys) { call in
        try calls.record(call.accepted.nonce)
        return SyncReply(try call.document(PushAnswer.self))
      }
    }
    router.post("/sync/v1/refuse") { request, _ in
      try await sync.respond(to: request, keys: keys) { _ in throw SyncProblem(.sessionFenced, "another came") }
    }
    router.post("/sync/v1/break") { request, _ in
      try await sync.respond(to: request, keys: keys) { _ in throw Unexpected() }
    }
    router.post("/sync/v1/join") { request, _ in
      try await sync.respondToJoin(to: request) { call, join in
        try calls.record(call.accepted.nonce)
        return SyncReply(JoinAnswer(state: .pending, silo: .control, region: join.token))
      }
    }
    router.post("/sync/v1/unsigned") { _, _ in Response(json: [:]) }
    let stranger = SyncServer(silo: .control, clock: clock, logger: quiet) { try SigningKey(purpose: .control) }
    router.post("/sync/v1/stranger") { request, _ in
      try await stranger.respond(to: request, keys: keys) { call in SyncReply(try call.document(PushAnswer.self)) }
    }
    return router
  }

  func client(
    audience: SiloNumber = .control, key: SigningKey? = nil, at time: Int64 = now, url: String? = nil
  ) -> SyncClient {
    let known = KnownKey(key: control.verificationKey, purpose: .control)
    let signer = key ?? agent
    return SyncClient(
      http: http, url: url ?? self.url, audience: audience, clock: WallClock { time },
      keys: { keyid in known.key.thumbprint == keyid ? known : nil }, signer: { signer })
  }

  /// What a call to `path` came to: `ok`, the code and reason of a signed refusal, or the code of a transport failure.
  func outcome(
    _ path: String, _ client: SyncClient, fault: String = "x", limit: Int = 1 << 20, timeout: Duration = .seconds(10)
  ) async throws -> String {
    do {
      let request = SyncRequest(receiver: .control, claims: [], nacks: [], holdLimit: 0)
      let document = PushAnswer(request: SyncRequestDocument(request), fault: fault)
      let answer = try await client.call(path, document, timeout: timeout, limit: limit)
      return try answer.document(PushAnswer.self) == document ? "ok" : "another answer"
    } catch let problem as SyncProblem {
      return [problem.code.rawValue, problem.reason].compactMap(\.self).joined(separator: " ")
    } catch let failure as SyncTransportFailure {
      return failure.code.rawValue
    }
  }

  /// Expects ``outcome(_:_:fault:limit:timeout:)``.
  func expect(
    _ expected: String, _ path: String, _ client: SyncClient, fault: String = "x", limit: Int = 1 << 20,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let outcome = try await outcome(path, client, fault: fault, limit: limit)
    #expect(outcome == expected, sourceLocation: sourceLocation)
  }

  /// Sends a request as it is; the status and the body come back unverified.
  func send(_ path: String, _ fields: MessageFields, body: [UInt8], chunked: Bool = false) async throws -> (Int, String)
  {
    var request = HTTPClientRequest(url: url + path)
    request.method = .POST
    for line in fields.lines { request.headers.add(name: line.name, value: line.value) }
    let buffer = ByteBuffer(bytes: body)
    if chunked {
      let (chunks, continuation) = AsyncStream<ByteBuffer>.makeStream()
      for _ in 0..<2 { continuation.yield(buffer) }
      continuation.finish()
      request.body = .stream(chunks, length: .unknown)
    } else {
      request.body = .bytes(buffer)
    }
    let response = try await http.execute(request, timeout: .seconds(10))
    let bytes = try await response.body.collect(upTo: 1 << 20)
    return (Int(response.status.code), String(buffer: bytes))
  }
}
