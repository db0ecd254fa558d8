package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
package import SyncProtocol

/// Calls the signed routes of a peer: signs the request, verifies the answer, and believes nothing else.
///
/// Answers are bound to their request, so no clock is asked. A signed refusal is thrown as ``SyncProblem``; everything that is not the peer's signed
/// word is a ``SyncTransportFailure``.
package struct SyncClient: Sendable {
  private let http: HTTPClient
  private let authorities: OutboundAuthorities?
  private let url: String
  private let audience: SiloNumber
  private let purposes: Set<KeyPurpose>
  private let clock: WallClock
  private let keys: @Sendable (_ keyid: String) async throws -> KnownKey?
  private let signer: @Sendable () async throws -> SigningKey

  /// A verified answer of status 200.
  package struct Answer: Sendable {
    package let contentType: String
    package let body: [UInt8]

    /// The body as a plain document.
    package func document<Document: SyncDocument>(_ type: Document.Type = Document.self) throws -> Document {
      do {
        return try Document(body: body)
      } catch {
        throw SyncTransportFailure(.malformed, "\(error)")
      }
    }

    /// The body as a message that may hold a batch.
    package func message<Message: SyncMessage>(_ type: Message.Type = Message.self) throws -> Message {
      do {
        return try Message(body: body, contentType: contentType)
      } catch {
        throw SyncTransportFailure(.malformed, "\(error)")
      }
    }
  }

  /// - Parameters:
  ///   - http: Made with ``configuration``; its owner shuts it down.
  ///   - authorities: What became of those that `http` was made with.
  ///   - url: Scheme, host and port of the peer as ``PeerURL`` wants them; checked before anything is sent.
  ///   - audience: The peer's logical id.
  ///   - purposes: Which keys may sign answers.
  ///   - keys: What the caller knows about the peer's keys: the manifest.
  ///   - signer: The caller's own key.
  package init(
    http: HTTPClient, authorities: OutboundAuthorities? = nil, url: String, audience: SiloNumber,
    purposes: Set<KeyPurpose> = [.control],
    clock: WallClock = .system, keys: @escaping @Sendable (String) async throws -> KnownKey?,
    signer: @escaping @Sendable () async throws -> SigningKey
  ) {
    self.http = http
    self.authorities = authorities
    self.url = url
    self.audience = audience
    self.purposes = purposes
    self.clock = clock
    self.keys = keys
    self.signer = signer
  }

  /// No redirects, no content encodings, HTTP/1.1, bounded waiting for a connection, and no hidden retries: the caller backs off.
  package static var configuration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = .seconds(10)
    configuration.httpVersion = .http1Only
    configuration.decompression = .disabled
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  /// The same for one peer, through a proxy, trusting an operator's own authorities too.
  ///
  /// - Parameter url: whose host's certificate the peer must have.
  package static func configuration(
    for url: String, through proxy: OutboundProxy? = nil, trust: OutboundTrust = .system
  ) -> HTTPClient.Configuration {
    var through = configuration
    through.proxy = proxy?.setting
    through.tlsConfiguration = trust.configuration
    through.requireName(of: url)
    return through
  }

  /// Sends a plain document.
  package func call(
    _ path: String, _ document: some SyncDocument, timeout: Duration, limit: Int = WireLimits.maximumBodyBytes
  ) async throws -> Answer {
    try await call(path, contentType: .json, body: document.body, timeout: timeout, limit: limit)
  }

  /// Sends a message that may hold a batch.
  package func call(
    _ path: String, _ message: some SyncMessage, compressed: Bool, timeout: Duration,
    limit: Int = WireLimits.maximumBodyBytes
  ) async throws -> Answer {
    let (bytes, contentType) = try message.body(compressed: compressed)
    return try await call(path, contentType: contentType, body: bytes, timeout: timeout, limit: limit)
  }

  /// Exchanges one signed request for one verified answer.
  ///
  /// - Parameters:
  ///   - timeout: For the whole exchange; a long poll's hold included.
  ///   - limit: Bytes of the answer's body.
  /// - Throws: ``SyncProblem``, ``SyncTransportFailure``, or `CancellationError`.
  package func call(
    _ path: String, contentType: SyncContentType, body: [UInt8], timeout: Duration, limit: Int
  ) async throws -> Answer {
    let url = try PeerURL.require(url).text
    let signed = try SignedRequest(
      path: path, contentType: contentType.rawValue, audience: audience.description, body: body,
      key: try await signer(), created: clock.seconds(), nonce: .random())
    var request = HTTPClientRequest(url: url + path)
    request.method = .POST
    authorities?.apply(to: &request)
    for line in signed.fields.lines { request.headers.add(name: line.name, value: line.value) }
    request.body = .bytes(ByteBuffer(bytes: body))
    let deadline = NIODeadline.now() + TimeAmount(timeout)
    let response = try await SyncTransportFailure.wrapping { try await http.execute(request, deadline: deadline) }
    return try await verify(response, to: signed.binding, limit: limit)
  }

  private func verify(
    _ response: HTTPClientResponse, to binding: RequestBinding, limit: Int
  ) async throws -> Answer {
    let status = Int(response.status.code)
    let head = ResponseHead(status: status, fields: MessageFields(response.headers.map { ($0.name, $0.value) }))
    let bytes: [UInt8]
    do {
      let received = try ReceivedResponse(head, to: binding)
      var verified = try received.verify(by: try await keys(received.keyid), purposes: purposes)
      bytes = try await Self.read(response, limit: limit)
      verified.update(bytes)
      try verified.finish()
    } catch let failure as VerificationFailure {
      let code: SyncTransportFailure.Code = failure.code == .signatureMissing ? .unsigned : .unverified
      throw SyncTransportFailure(code, "\(failure)", status: status)
    }
    let contentType = head.fields["content-type"].first ?? ""
    guard status == 200 else { throw try Self.problem(contentType: contentType, bytes, status: status) }
    return Answer(contentType: contentType, body: bytes)
  }

  private static func read(_ response: HTTPClientResponse, limit: Int) async throws -> [UInt8] {
    try await SyncTransportFailure.wrapping {
      var bytes: [UInt8] = []
      for try await part in response.body {
        guard bytes.count + part.readableBytes <= limit else {
          throw SyncTransportFailure(.malformed, "the answer has more than \(limit) bytes")
        }
        bytes.append(contentsOf: part.readableBytesView)
      }
      return bytes
    }
  }

  private static func problem(contentType: String, _ bytes: [UInt8], status: Int) throws -> SyncProblem {
    guard contentType == SyncContentType.problem.rawValue else {
      throw SyncTransportFailure(.malformed, "a refusal is \(SyncContentType.problem.rawValue)", status: status)
    }
    do {
      return try SyncProblem(body: bytes)
    } catch {
      throw SyncTransportFailure(.malformed, "\(error)", status: status)
    }
  }
}
