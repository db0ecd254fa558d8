internal import FoundationEssentials
internal import Hummingbird
internal import SyncProtocol
internal import Web

/// `/oauth/token`: codes and refresh tokens for tokens (RFC 6749 §3.2).
struct TokenEndpoint: Sendable {
  let environment: ControlEnvironment
  let endpoint: ClientEndpoint
  let codes: CodeExchange
  let refreshes: RefreshExchange
  /// By client after it has proven itself.
  let clients: RequestRates

  func post(_ request: Request, _ context: WebContext) async throws -> Response {
    try await endpoint.answer(request, context) { client, parameters in
      guard clients.take(client.id, now: environment.now().timeIntervalSince1970) else {
        return ClientEndpoint.slowDown
      }
      do {
        return Response(json: .object(try await answer(client, parameters).json))
      } catch let error as ControlError where error.code == .reconciling || error.code == .noTokenKey {
        throw OAuthError(.temporarilyUnavailable, error.code.rawValue)
      }
    }
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
