internal import SyncProtocol

extension AccessToken {
  /// The token as compact JWS; nil only if the cryptographic library fails.
  public func signed(by key: TokenSigningKey) -> String? {
    var claims: JSONObject = [
      "iss": .string(Self.issuer), "aud": .string(region.tokenAudience), "sub": .string(user.description),
      "iat": .integer(issuedAt), "nbf": .integer(issuedAt), "exp": .integer(expiresAt), "jti": .string(id),
      "epoch": .integer(epoch), "sid": .string(session.description),
    ]
    if let organization { claims["org"] = .string(organization.description) }
    if let client { claims["client_id"] = .string(client) }
    if let authorization { claims["authorization"] = .string(authorization.description) }
    return key.jwt.token(type: Self.type, claims: claims)
  }
}
