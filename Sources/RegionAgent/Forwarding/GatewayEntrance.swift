internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import Postgres
package import Silo
package import SyncProtocol
package import Web

/// Lets requests in that a gateway routed here: signed by a key of purpose `forward`, for this region, not seen before, and for an organization whose home
/// is this region at the generation that the gateway knows.
///
/// Requests without `Atoll-Forward` are direct ones and pass as they are. Whatever is refused has had no effect, so a gateway may repeat it.
package struct GatewayEntrance: RouterMiddleware {
  /// Paths that are for this region's own browsers and machines, never for a gateway.
  private static let own = ["/auth", "/sync", "/health", "/ready", "/.well-known", "/api/v1"]

  private static let routing = HTTPField.Name("Atoll-Forward")
  private static let refusal = HTTPField.Name("Atoll-Forward-Refused")

  private let region: RegionName
  private let silo: SiloNumber
  private let key: @Sendable (_ keyid: String) async -> KnownKey?
  private let nonces: ForwardNonces
  private let knowledge: Knowledge
  private let now: @Sendable () -> Int64

  /// - Parameters:
  ///   - key: what the trusted manifest says about the key with a thumbprint.
  ///   - now: seconds since 1970.
  package init(
    region: RegionName, silo: SiloNumber, nonces: ForwardNonces, knowledge: Knowledge,
    now: @escaping @Sendable () -> Int64, key: @escaping @Sendable (_ keyid: String) async -> KnownKey?
  ) {
    self.region = region
    self.silo = silo
    self.nonces = nonces
    self.knowledge = knowledge
    self.now = now
    self.key = key
  }

  @concurrent package func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    guard let name = Self.routing, request.headers.contains(name) else { return try await next(request, context) }
    let routed = try await admit(request, context)
    // The gateway drops them as well: nothing of login's host is asked for here, and nothing of it is believed.
    var head = request.head
    head.headerFields[.cookie] = nil
    let admitted = Request(head: head, body: request.body)
    return try await RoutedRequest.$current.withValue(routed) { try await next(admitted, context) }
  }

  /// - Throws: 421 ``Problem`` for what does not verify or belongs elsewhere by now; 503 while it cannot be decided.
  private func admit(_ request: Request, _ context: WebContext) async throws -> RoutedRequest {
    let accepted: AcceptedForward
    do throws(VerificationFailure) {
      let received = try ReceivedForward(RequestHead(request))
      accepted = try received.verify(by: await key(received.keyid), audience: silo.description, now: now())
    } catch {
      throw refused(error, context)
    }
    do {
      guard try await nonces.record(accepted.nonce) else {
        throw refused(VerificationFailure(.nonceReplayed, "the nonce was used before"), context)
      }
      let routing = accepted.routing
      let organization = routing.organization.flatMap { OrganizationID($0) }
      let routed = RoutedRequest(
        organization: organization, generation: routing.generation, client: routing.client, request: routing.request)
      if let organization { try routed.require(try await knowledge.home(of: organization), region: region) }
      let path = request.uri.path
      guard !Self.own.contains(where: { path == $0 || path.hasPrefix($0 + "/") }), path != "/" else {
        throw Problem.noSuchRoute
      }
      return routed
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }

  private func refused(_ failure: VerificationFailure, _ context: WebContext) -> Problem {
    context.logger.notice("a routed request was refused", metadata: ["forward.reason": "\(failure)"])
    var headers = HTTPFields()
    if let name = Self.refusal { headers[name] = failure.code.rawValue }
    return Problem(
      .misdirectedRequest, "forward-refused", title: "The routing of this request does not verify",
      detail: "Nothing was done: \(failure.code.rawValue).", headers: headers)
  }
}
