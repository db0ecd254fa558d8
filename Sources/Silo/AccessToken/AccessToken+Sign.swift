internal import SyncProtocol

extension AccessToken {
  /// The token as compact JWS; nil only if the cryptographic library fails.
  public func signed(by key: TokenSigningKey) -> String? {
    let header: JSONValue = ["typ": "at+jwt", "alg": "ES256", "kid": .string(key.verificationKey.kid)]
    let claims: JSONValue = [
      "iss": .string(Self.issuer), "aud": .string(region.tokenAudience), "sub": .string(user.description),
      "iat": .integer(issuedAt), "nbf": .integer(issuedAt), "exp": .integer(expiresAt), "jti": .string(id),
      "org": .string(organization.description), "epoch": .integer(epoch), "sid": .string(session.description),
    ]
    let input = Base64.encode(JSONWriter.write(header)) + "." + Base64.encode(JSONWriter.write(claims))
    return key.signature(over: Array(input.utf8)).map { input + "." + Base64.encode($0) }
  }
}
