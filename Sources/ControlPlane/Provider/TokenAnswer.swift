internal import SyncProtocol

/// What a client gets at the token endpoint (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).
struct TokenAnswer: Sendable {
  let accessToken: String
  let expiresIn: Int64
  let idToken: String
  let refreshToken: String?
  let scopes: [ProviderScope]

  var json: JSONObject {
    var json: JSONObject = [
      "access_token": .string(accessToken), "token_type": "Bearer", "expires_in": .integer(expiresIn),
      "id_token": .string(idToken), "scope": .string(ProviderScope.text(scopes)),
    ]
    if let refreshToken { json["refresh_token"] = .string(refreshToken) }
    return json
  }
}
