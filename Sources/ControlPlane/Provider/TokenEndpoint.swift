internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// `/oauth/token`: codes and refresh tokens for tokens (RFC 6749 §3.2).
struct TokenEndpoint: Sendable {
  let environment: ControlEnvironment
  let authentication: ClientAuthentication
  let codes: CodeExchange
  let refreshes: RefreshExchange
  let origins: CrossOrigin
  /// By client after it has proven itself.
  let clients: RequestRates
  /// By address before that: a stranger cannot use up a client's rate.
  let addresses: RequestRates

  func post(_ request: Request, _ context: WebContext) async throws -> Response {
    let now = environment.now().timeIntervalSince1970
    guard addresses.take(environment.network(of: request, context), now: now) else { return Self.slowDown }
    let form = try await request.form(limit: 16 * 1024)
    var client: ProviderClient?
    var response: Response
    do {
      let parameters = OAuthParameters(form)
      let known = try await authentication.client(of: request, parameters)
      client = known
      if clients.take(known.id, now: now) {
        response = Response(json: .object(try await answer(known, parameters).json))
      } else {
        response = Self.slowDown
      }
    } catch let error as OAuthError {
      response = error.response(usedBasic: ClientAuthentication.usesBasic(request))
    } catch let error as ControlError where error.code == .reconciling || error.code == .noTokenKey {
      response = OAuthError(.temporarilyUnavailable, error.code.rawValue).response()
    }
    if let pragma = HTTPField.Name("Pragma") { response.headers[pragma] = "no-cache" }
    response.headers[.cacheControl] = "no-store"
    return try await origins.marked(response, for: request, of: client)
  }

  private static var slowDown: Response {
    OAuthError(.temporarilyUnavailable, "Too many requests").response(isThrottled: true)
  }

  private func answer(_ client: ProviderClient, _ parameters: OAuthParameters) async throws -> TokenAnswer {
    let resource = try parameters.printable("resource", bytes: 2048)
    switch try parameters.required("grant_type") {
    case "authorization_code":
      return try await codes.exchange(
        code: try parameters.required("code"), redirectURI: try parameters.required("redirect_uri"),
        verifier: try parameters.required("code_verifier"), resource: resource, for: client)
    case "refresh_token":
      return try await refreshes.exchange(
        try parameters.required("refresh_token"), scope: try parameters.printable("scope", bytes: 512),
        resource: resource, for: client)
    default: throw OAuthError(.unsupportedGrantType, "The grant_type is authorization_code or refresh_token")
    }
  }
}
