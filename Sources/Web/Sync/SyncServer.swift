internal import HTTPTypes
package import Hummingbird
package import Logging
internal import NIOCore
package import SyncProtocol

/// Answers the signed routes of one silo: verifies the headers before the body is read, hashes while it streams, and signs every answer, refusals
/// too, bound to its request.
///
/// The nonce of an ``AcceptedRequest`` is the handler's to record in its transaction; it throws `SyncProblem(VerificationFailure(.nonceReplayed, …))`
/// when it was there.
package struct SyncServer: Sendable {
  /// What the silo knows about the key with a thumbprint.
  package typealias KeyLookup = @Sendable (_ keyid: String) async throws -> KnownKey?
  /// Handles a request whose signature, digest and audience are good.
  package typealias Handler = @Sendable (_ call: SyncCall) async throws -> SyncReply

  /// How long a body may take to arrive. Between two of its bytes the connection's idle time counts.
  private static let bodyTime = Duration.seconds(60)

  private let silo: SiloNumber
  private let signer: @Sendable () async throws -> SigningKey
  private let clock: WallClock
  private let refusalPause: Duration
  private let observer: WebObserver
  private let logger: Logger

  /// - Parameters:
  ///   - silo: The audience of requests.
  ///   - refusalPause: How long the refusal of a message that does not verify is kept back: whoever forges does it slowly.
  ///   - signer: The key that signs answers now (purpose control; agent in a region).
  package init(
    silo: SiloNumber, clock: WallClock = .system, refusalPause: Duration = .zero,
    observer: WebObserver = .none, logger: Logger,
    signer: @escaping @Sendable () async throws -> SigningKey
  ) {
    self.silo = silo
    self.signer = signer
    self.clock = clock
    self.refusalPause = refusalPause
    self.observer = observer
    self.logger = logger
  }

  /// Serves one request.
  ///
  /// - Parameters:
  ///   - limit: Bytes of the body.
  ///   - purposes: Which keys may sign.
  package func respond(
    to request: Request, limit: Int = WireLimits.maximumBodyBytes, purposes: Set<KeyPurpose> = [.agent],
    keys: KeyLookup, handler: Handler
  ) async throws -> Response {
    let head = RequestHead(request)
    guard let binding = RequestBinding(head) else {
      return unsigned(.signatureMissing, "a field of sync-v1 is missing")
    }
    return try await signing(to: binding) {
      let received = try ReceivedRequest(head)
      try Self.checkLength(of: request, limit: limit)
      let known = try await keys(received.keyid)
      if known?.state == .revoked { throw SyncProblem(.revoked, "An operator revoked this key.") }
      var body = try received.verify(by: known, purposes: purposes, now: clock.seconds())
      let bytes = try await Self.read(request, limit: limit) { body.update($0) }
      observer(.exchanged(received: bytes.count, sent: 0))
      let accepted = try body.finish(audience: silo.description)
      return try await handler(SyncCall(accepted: accepted, contentType: head.contentType, body: bytes))
    }
  }

  /// Serves a join request, whose key is in its own body: the signature proves possession, nothing more.
  package func respondToJoin(
    to request: Request, handler: @Sendable (_ call: SyncCall, _ join: JoinRequest) async throws -> SyncReply
  ) async throws -> Response {
    let head = RequestHead(request)
    guard let binding = RequestBinding(head) else {
      return unsigned(.signatureMissing, "a field of sync-v1 is missing")
    }
    return try await signing(to: binding) {
      let received = try ReceivedRequest(head)
      try Self.checkLength(of: request, limit: WireLimits.maximumJoinBytes)
      var chunks: [UInt8] = []
      chunks = try await Self.read(request, limit: WireLimits.maximumJoinBytes) { _ in }
      let join = try JoinRequest(body: chunks)
      let known = KnownKey(key: join.agentKey, purpose: .agent)
      var body = try received.verify(by: known, purposes: [.agent], now: clock.seconds())
      body.update(chunks)
      let accepted = try body.finish(audience: silo.description)
      guard join.isStreamKeyProven else { throw SyncProblem(.keyRefused, "The stream key is not proven.") }
      return try await handler(SyncCall(accepted: accepted, contentType: head.contentType, body: chunks), join)
    }
  }

  /// Signs what `work` answers or throws.
  private func signing(
    to binding: RequestBinding, _ work: () async throws -> SyncReply
  ) async throws -> Response {
    let reply: SyncReply
    do {
      reply = try await work()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      if error is VerificationFailure, refusalPause > .zero { try await Task.sleep(for: refusalPause) }
      let problem = problem(for: error)
      observer(.refused(problem.code, reason: problem.reason))
      reply = SyncReply(problem)
    }
    observer(.exchanged(received: 0, sent: reply.body.count))
    let signed = try SignedResponse(
      status: reply.status, contentType: reply.contentType.rawValue, body: reply.body, to: binding,
      key: try await signer(), created: clock.seconds(), nonce: .random())
    return Response(signed)
  }

  private func problem(for error: any Error) -> SyncProblem {
    switch error {
    case let problem as SyncProblem: return problem
    case let failure as VerificationFailure: return SyncProblem(failure)
    case let error as WireError: return SyncProblem(error)
    case let error as JSONError: return SyncProblem(error)
    case let problem as Problem where problem == .tooLarge: return SyncProblem(.bodyTooLarge, "The body is too large.")
    default:
      logger.error("sync request failed", metadata: ["error": "\(error)"])
      var problem = SyncProblem(.retryLater, "The silo cannot answer right now.")
      problem.retryAfterMilliseconds = 1000
      return problem
    }
  }

  /// There is no signature to bind an answer to.
  private func unsigned(_ code: VerificationFailure.Code, _ detail: String) -> Response {
    observer(.refused(.signatureRefused, reason: code.rawValue))
    let reply = SyncReply(SyncProblem(VerificationFailure(code, detail)))
    var response = Response(
      status: .init(code: reply.status), body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    response.headers[.contentType] = reply.contentType.rawValue
    return response
  }

  private static func checkLength(of request: Request, limit: Int) throws {
    if let length = request.headers[.contentLength].flatMap(Int.init), length > limit { throw Problem.tooLarge }
  }

  private static func read(
    _ request: Request, limit: Int, each: (ByteBufferView) -> Void
  ) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    let deadline = ContinuousClock.now.advanced(by: bodyTime)
    for try await part in request.body {
      guard ContinuousClock.now < deadline else { throw SyncProblem(.badMessage, "The body came too slowly.") }
      guard bytes.count + part.readableBytes <= limit else { throw Problem.tooLarge }
      each(part.readableBytesView)
      bytes.append(contentsOf: part.readableBytesView)
    }
    return bytes
  }
}
