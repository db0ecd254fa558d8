internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// What clients find out by themselves: `/.well-known/openid-configuration` (OpenID Connect Discovery §3) and `/oauth/jwks` (RFC 7517 §5).
struct ProviderDiscovery: Sendable {
  let environment: ControlEnvironment
  let idTokenKeys: IDTokenKeys
  let origins: CrossOrigin

  func configuration(_ request: Request) async throws -> Response {
    var response = Response(json: .object(Self.document(environment.site)))
    response.headers[.cacheControl] = "public, max-age=\(environment.limits.provider.keySetAge)"
    return try await origins.marked(response, for: request, of: nil)
  }

  /// The keys in every state: a client that keeps the set for its time has a new key before it signs. Empty until there is a third-party client.
  func keySet(_ request: Request) async throws -> Response {
    let keys = try await idTokenKeys.published()
    var response = Response(json: ["keys": .array(keys.map { .object($0.jwk) })])
    if !keys.isEmpty {
      response.headers[.cacheControl] = "public, max-age=\(environment.limits.provider.keySetAge)"
    }
    return try await origins.marked(response, for: request, of: nil)
  }

  static func document(_ site: ControlSite) -> JSONObject {
    func url(_ path: String) -> JSONValue { .string(site.url + path) }
    func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    let methods = ClientStore.Method.allCases.map(\.rawValue)
    let algorithms = JWTAlgorithm.allCases.map(\.rawValue)
    return [
      "issuer": .string(site.url), "authorization_endpoint": url(ProviderPath.authorize),
      "token_endpoint": url(ProviderPath.token), "userinfo_endpoint": url(ProviderPath.userInfo),
      "jwks_uri": url(ProviderPath.keys), "revocation_endpoint": url(ProviderPath.revoke),
      "end_session_endpoint": url(ProviderPath.logout),
      "backchannel_logout_supported": true, "backchannel_logout_session_supported": true,
      "scopes_supported": list(ProviderScope.allCases.map(\.rawValue)),
      "response_types_supported": ["code"], "response_modes_supported": ["query"],
      "grant_types_supported": ["authorization_code", "refresh_token"], "subject_types_supported": ["public"],
      "id_token_signing_alg_values_supported": ["RS256"],
      "token_endpoint_auth_methods_supported": list(methods),
      "token_endpoint_auth_signing_alg_values_supported": list(algorithms),
      "revocation_endpoint_auth_methods_supported": list(methods),
      "revocation_endpoint_auth_signing_alg_values_supported": list(algorithms),
      "code_challenge_methods_supported": ["S256"],
      "prompt_values_supported": ["none", "login", "consent", "select_account"],
      "claims_supported": list([
        "iss", "sub", "aud", "iat", "exp", "auth_time", "amr", "nonce", "sid", "name", "email", "email_verified",
      ]),
      "claims_parameter_supported": false, "request_parameter_supported": false,
      "request_uri_parameter_supported": false, "authorization_response_iss_parameter_supported": true,
    ]
  }
}
