package import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Silo
internal import Synchronization
internal import SyncProtocol
package import Web

/// Control as the OpenID Provider of this region: where browsers are sent, and the exchange of a code for an ID token over the agent's own connection.
package final class ControlProvider: Sendable {
  /// What control says about itself (OpenID Connect Discovery).
  struct Description: Sendable, Hashable {
    let issuer: String
    let authorizationEndpoint: String
    /// Path and query at control, wherever the agent reaches it.
    let tokenPath: String
    let endSessionEndpoint: String?
  }

  /// What keeps a login from going on.
  enum Failure: Error, Sendable, Hashable {
    /// Control does not answer, or not as it should.
    case unavailable
    /// Control refuses this code, by a code of RFC 6749 §5.2.
    case refused(String)
  }

  /// How long control may take to answer.
  private static let timeout = TimeAmount.seconds(5)
  /// How long a description is believed: a login must notice that control is away.
  private static let rest = Duration.seconds(10)
  private static let largest = 65_536

  private let region: RegionName
  private let controlURL: String
  private let agentKey: SigningKey
  private let clock: WallClock
  private let way = Mutex<(http: HTTPClient, authorities: OutboundAuthorities?)?>(nil)
  private let known = Mutex<(description: Description, at: ContinuousClock.Instant)?>(nil)

  package init(identity: RegionIdentity, clock: WallClock) {
    region = identity.name
    controlURL = identity.controlURL
    agentKey = identity.agentKey
    self.clock = clock
  }

  /// Gives the provider its transport. Before that control counts as not reachable.
  ///
  /// - Parameter authorities: what became of those that it was made with.
  package func open(_ http: HTTPClient, authorities: OutboundAuthorities? = nil) {
    way.withLock { $0 = (http, authorities) }
  }

  /// The last description, however old; nil when control never answered this process.
  var lastDescription: Description? { known.withLock { $0?.description } }

  /// - Throws: ``Failure/unavailable``
  func description() async throws -> Description {
    if let known = known.withLock({ $0 }), .now - known.at < Self.rest { return known.description }
    let (status, body) = try await send(HTTPClientRequest(url: base() + "/.well-known/openid-configuration"))
    guard status == 200, let description = description(body) else { throw Failure.unavailable }
    known.withLock { $0 = (description, .now) }
    return description
  }

  /// The ID token for a code, with the proof of this browser's login. Believe it after verification only.
  ///
  /// - Throws: ``Failure``
  func exchange(code: String, verifier: String, redirect: String, by description: Description) async throws -> String {
    let random = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
    guard
      let assertion = ClientAssertion.signed(
        by: agentKey, client: region.text, issuer: description.issuer, now: clock.seconds(),
        id: Hexadecimal.encode(random))
    else { throw Failure.unavailable }
    var request = HTTPClientRequest(url: try base() + description.tokenPath)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
    request.body = .bytes(
      ByteBuffer(
        string: FormText.encode([
          ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("client_id", region.text),
          ("code_verifier", verifier), ("client_assertion_type", ClientAssertion.formType),
          ("client_assertion", assertion),
        ])))
    let (status, body) = try await send(request)
    let json = try Self.object(body)
    guard status == 200 else {
      guard (400..<500).contains(status), status != 408, status != 429, case .string(let code)? = json["error"] else {
        throw Failure.unavailable
      }
      throw Failure.refused(code)
    }
    guard case .string(let token)? = json["id_token"] else { throw Failure.unavailable }
    return token
  }

  private func base() throws -> String {
    guard let url = PeerURL(controlURL) else { throw Failure.unavailable }
    return url.text
  }

  private func send(_ request: HTTPClientRequest) async throws -> (Int, [UInt8]) {
    guard let way = way.withLock({ $0 }) else { throw Failure.unavailable }
    var request = request
    way.authorities?.apply(to: &request)
    do {
      let response = try await way.http.execute(request, deadline: .now() + Self.timeout)
      let body = try await response.body.collect(upTo: Self.largest)
      return (Int(response.status.code), Array(body.readableBytesView))
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw Failure.unavailable
    }
  }

  /// Only endpoints of the issuer itself: a mixed-up description sends nobody elsewhere.
  private func description(_ body: [UInt8]) -> Description? {
    let json: JSONObject
    do { json = try Self.object(body) } catch { return nil }
    guard case .string(let issuer)? = json["issuer"], PeerURL(issuer)?.text == issuer,
      issuer.hasPrefix("https://") || controlURL.hasPrefix("http://"),
      case .string(let authorize)? = json["authorization_endpoint"], authorize.hasPrefix(issuer + "/"),
      case .string(let token)? = json["token_endpoint"], token.hasPrefix(issuer + "/")
    else { return nil }
    var end: String?
    if case .string(let text)? = json["end_session_endpoint"], text.hasPrefix(issuer + "/") { end = text }
    return Description(
      issuer: issuer, authorizationEndpoint: authorize, tokenPath: String(token.dropFirst(issuer.count)),
      endSessionEndpoint: end)
  }

  private static func object(_ body: [UInt8]) throws -> JSONObject {
    do {
      return try JSONReader(try JSONParser.parse(body, limits: JSONLimits(maximumBytes: largest))).object()
    } catch {
      throw Failure.unavailable
    }
  }
}
