public import SyncProtocol

extension JWTVerificationKey {
  /// The key as it is published (RFC 7517): its members with `kid`, `alg` and `use`.
  public var jwk: JSONObject {
    var jwk: JSONObject = ["kid": .string(kid), "alg": .string(algorithm.rawValue), "use": "sig"]
    for member in members.members { jwk[member.key] = member.value }
    return jwk
  }

  /// A public key that somebody else wrote. Refuses private keys, other uses and algorithms, and every type that Atoll does not verify.
  public init?(jwk: JSONObject) {
    let secrets = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
    guard secrets.allSatisfy({ jwk[$0] == nil }), jwk["use"] == nil || jwk["use"] == "sig" else { return nil }
    var kid: String?
    if let name = jwk["kid"] {
      guard case .string(let text) = name, (1...128).contains(text.utf8.count) else { return nil }
      kid = text
    }
    func bytes(_ name: String) -> [UInt8]? {
      guard case .string(let text)? = jwk[name], text.utf8.count <= 700 else { return nil }
      return Base64.decode(text)
    }
    switch (jwk["kty"], jwk["crv"]) {
    case ("EC", "P-256"):
      guard let x = bytes("x"), let y = bytes("y") else { return nil }
      self.init(x: x, y: y, kid: kid)
    case ("RSA", nil):
      guard let modulus = bytes("n"), let exponent = bytes("e") else { return nil }
      self.init(modulus: modulus, exponent: exponent, kid: kid)
    case ("OKP", "Ed25519"):
      guard let key = bytes("x").flatMap({ VerificationKey(bytes: $0) }) else { return nil }
      self.init(key, kid: kid)
    default: return nil
    }
    guard jwk["alg"] == nil || jwk["alg"] == .string(algorithm.rawValue) else { return nil }
  }
}
