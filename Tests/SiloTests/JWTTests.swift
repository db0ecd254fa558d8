import Crypto
import Silo
import SyncProtocol
import Testing

@Suite struct JWTTests {
  private let now: Int64 = 1_800_000_000

  private func profile(_ algorithms: Set<JWTAlgorithm>) -> JWTProfile {
    JWTProfile(types: ["test+jwt"], algorithms: algorithms, issuer: "i", audience: "a", longestLifetime: 60)
  }

  private var claims: JSONObject { ["iss": "i", "aud": "a", "iat": .integer(now), "exp": .integer(now + 60)] }

  /// Keys of every algorithm. RSA takes its time, so it is made once.
  private static let rsa = JWTSigningKey.generateRS256()

  private func keys() throws -> [JWTSigningKey] {
    [
      try #require(JWTSigningKey.generateES256()), try #require(Self.rsa),
      JWTSigningKey(try SigningKey(purpose: .agent)),
    ]
  }

  @Test("what each algorithm signs verifies with its key, and with no other key or algorithm")
  func algorithms() throws {
    let keys = try keys()
    #expect(keys.map(\.verificationKey.algorithm) == JWTAlgorithm.allCases)
    let all = keys.map(\.verificationKey)
    for key in keys {
      let text = try #require(key.token(type: "test+jwt", claims: claims))
      let own = key.verificationKey.algorithm
      let verified = try JWTVerifier(profile: profile([own]), keys: all).verify(text, now: now)
      #expect(verified.kid == key.verificationKey.kid)
      #expect(verified.claims == claims)
      let others = Set(JWTAlgorithm.allCases).subtracting([own])
      #expect(throws: JWTRefusal.algorithm) {
        try JWTVerifier(profile: profile(others), keys: all).verify(text, now: now)
      }
      #expect(throws: JWTRefusal.unknownKey) {
        try JWTVerifier(profile: profile([own]), keys: all.filter { $0 != key.verificationKey }).verify(text, now: now)
      }
    }
  }

  @Test("a token that names one algorithm and another's key is refused before its signature is looked at")
  func algorithmOfTheKey() throws {
    let keys = try keys()
    let verifier = JWTVerifier(profile: profile(Set(JWTAlgorithm.allCases)), keys: keys.map(\.verificationKey))
    for (signer, named) in [(0, 1), (1, 0), (2, 0), (0, 2)] {
      let signed = try #require(keys[signer].token(type: "test+jwt", claims: claims)).split(separator: ".")
      let header: JSONValue = [
        "typ": "test+jwt", "alg": .string(keys[signer].verificationKey.algorithm.rawValue),
        "kid": .string(keys[named].verificationKey.kid),
      ]
      let text = Base64.encode(JSONWriter.write(header)) + ".\(signed[1]).\(signed[2])"
      #expect(throws: JWTRefusal.algorithm) { try verifier.verify(text, now: now) }
    }
  }

  @Test("a public key as the secret of an HMAC, no algorithm at all, and keys in the header are refused")
  func confusion() throws {
    let rsa = try #require(Self.rsa).verificationKey
    let verifier = JWTVerifier(profile: profile(Set(JWTAlgorithm.allCases)), keys: [rsa])
    func token(_ header: JSONObject, secret: [UInt8]) -> String {
      let input =
        Base64.encode(JSONWriter.write(.object(header))) + "." + Base64.encode(JSONWriter.write(.object(claims)))
      let mac = HMAC<SHA256>.authenticationCode(for: Array(input.utf8), using: SymmetricKey(data: secret))
      return input + "." + Base64.encode(Array(mac))
    }
    var header: JSONObject = ["typ": "test+jwt", "alg": "HS256", "kid": .string(rsa.kid)]
    #expect(throws: JWTRefusal.algorithm) {
      try verifier.verify(token(header, secret: JSONWriter.write(.object(rsa.jwk))), now: now)
    }
    for algorithm in ["none", "None", "NONE", "nOnE", "rs256", "RS256 ", "RS384", "PS256", "ES256K", ""] {
      header["alg"] = .string(algorithm)
      #expect(throws: JWTRefusal.algorithm) { try verifier.verify(token(header, secret: [1]), now: now) }
    }
    header["alg"] = "RS256"
    for name in ["jwk", "jku", "x5c", "x5u", "x5t", "crit", "b64", "zip", "cty", "KID"] {
      var other = header
      other[name] = "x"
      #expect(throws: JWTRefusal.header) { try verifier.verify(token(other, secret: [1]), now: now) }
    }
    for kid in ["", "../../dev/null", "' OR 1=1", rsa.kid + "\u{200B}", rsa.kid.uppercased()] {
      header["kid"] = .string(kid)
      #expect(throws: JWTRefusal.unknownKey) { try verifier.verify(token(header, secret: [1]), now: now) }
    }
    header["kid"] = ["a"]
    #expect(throws: JWTRefusal.unknownKey) { try verifier.verify(token(header, secret: [1]), now: now) }
  }

  @Test("of the types a purpose takes none is taken for another, and a missing one only where it may be missing")
  func types() throws {
    let key = try #require(JWTSigningKey.generateES256())
    for type in ["JWT", "at+jwt", "test+JWT", ""] {
      let text = try #require(key.token(type: type, claims: claims))
      #expect(throws: JWTRefusal.type) {
        try JWTVerifier(profile: profile([.es256]), keys: [key.verificationKey]).verify(text, now: now)
      }
    }
  }

  @Test("a published key reads back as the same key; private members, other uses and weak or foreign keys do not")
  func jwk() throws {
    for key in try keys().map(\.verificationKey) {
      #expect(JWTVerificationKey(jwk: key.jwk) == key)
      for (name, value) in [("d", "AA"), ("use", "enc"), ("alg", "ES512"), ("kty", "oct"), ("kid", "")] {
        var other = key.jwk
        other[name] = .string(value)
        #expect(JWTVerificationKey(jwk: other) == nil, "\(name)")
      }
    }
    let short = Base64.encode([UInt8](repeating: 0xFF, count: 128))
    #expect(JWTVerificationKey(jwk: ["kty": "RSA", "n": .string(short), "e": "AQAB"]) == nil)
    let modulus = try #require(Self.rsa).verificationKey.jwk["n"]
    #expect(JWTVerificationKey(jwk: ["kty": "RSA", "n": modulus ?? .null, "e": "AQ"]) == nil)
    #expect(JWTVerificationKey(jwk: ["kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"]) == nil)
    #expect(
      JWTVerificationKey(jwk: [
        "kty": "OKP", "crv": "Ed25519", "x": .string(Base64.encode([1] + [UInt8](repeating: 0, count: 31))),
      ]) == nil)
  }

  @Test("an RSA key opens again from what was sealed")
  func sealed() throws {
    let key = try #require(Self.rsa)
    #expect(JWTSigningKey(rsa: key.secret)?.verificationKey == key.verificationKey)
    #expect(
      key.verificationKey.jwk["n"].map { if case .string(let text) = $0 { text.utf8.count == 512 } else { false } }
        == true)
    #expect(!"\(key)".contains(Base64.encode(key.secret)))
  }

  @Test("an ID token verifies to what was signed, for its client, with its nonce, within its time")
  func idToken() throws {
    let key = try #require(TokenSigningKey.generate())
    let region = try RegionName("eu")
    var token = IDToken(
      issuer: "https://login.example.com", audience: "eu",
      user: try #require(UserID("01234567-89ab-7fff-bfff-ffffffffffff")),
      session: try #require(SessionID("01234567-89ab-7fff-bfff-fffffffffffd")), issuedAt: now,
      authenticatedAt: now - 10, methods: ["pwd", "otp"])
    token.nonce = "n"
    token.epoch = 4
    token.position = LoginPosition(epoch: 1, transaction: 99)
    token.name = "Ada"
    token.email = "ada@example.com"
    let text = try #require(token.signed(by: key.jwt))
    let verifier = IDTokenVerifier(issuer: token.issuer, region: region, keys: [key.verificationKey])
    #expect(try verifier.verify(text, nonce: "n", now: now) == token)
    #expect(throws: JWTRefusal.claims) { try verifier.verify(text, nonce: "other", now: now) }
    #expect(throws: JWTRefusal.expired) { try verifier.verify(text, nonce: "n", now: now + 420) }
    #expect(throws: JWTRefusal.notYetValid) { try verifier.verify(text, nonce: "n", now: now - 121) }
    let elsewhere = IDTokenVerifier(issuer: token.issuer, region: try RegionName("us"), keys: [key.verificationKey])
    #expect(throws: JWTRefusal.audience) { try elsewhere.verify(text, nonce: "n", now: now) }
    let other = IDTokenVerifier(issuer: "https://evil.example.com", region: region, keys: [key.verificationKey])
    #expect(throws: JWTRefusal.issuer) { try other.verify(text, nonce: "n", now: now) }
    let hint = IDTokenVerifier(
      issuer: token.issuer, audience: "eu", algorithm: .es256, keys: [key.verificationKey.jwt], allowsExpired: true)
    #expect(try hint.verify(text, nonce: nil, now: now + 1_000_000).session == token.session)
    // An ID token is no access token and the other way round.
    #expect(throws: JWTRefusal.type) {
      try AccessTokenVerifier(region: region, keys: [key.verificationKey]).verify(text, now: now)
    }
  }

  @Test("a position has one spelling", arguments: ["", "1", "1.", ".1", "0.1", "1.01", "+1.1", "1.-1", "1.1.1", "a.b"])
  func position(text: String) {
    #expect(LoginPosition(text) == nil)
    #expect(LoginPosition("3.18446744073709551615")?.transaction == .max)
  }

  @Test("a region's assertion proves the region to this control plane for a minute")
  func assertion() throws {
    let agent = try SigningKey(purpose: .agent)
    let keys = [JWTVerificationKey(agent.verificationKey)]
    let issuer = "https://login.example.com"
    let text = try #require(ClientAssertion.signed(by: agent, client: "eu", issuer: issuer, now: now, id: "one"))
    func verify(
      _ text: String, client: String = "eu", issuer: String = "https://login.example.com", at time: Int64? = nil
    ) throws(JWTRefusal) -> ClientAssertion.Accepted {
      try ClientAssertion.verify(text, client: client, issuer: issuer, keys: keys, isRegion: true, now: time ?? now)
    }
    let accepted = try verify(text)
    #expect(accepted.kid == agent.keyid)
    #expect(accepted.id == "one")
    #expect(accepted.expiresAt == now + 180)
    #expect(throws: JWTRefusal.issuer) { try verify(text, client: "us") }
    #expect(throws: JWTRefusal.audience) { try verify(text, issuer: "https://other.example.com") }
    #expect(throws: JWTRefusal.expired) { try verify(text, at: now + 180) }
    #expect(throws: JWTRefusal.notYetValid) { try verify(text, at: now - 121) }
    func forged(_ change: (inout JSONObject) -> Void, type: String = "JWT") throws -> String {
      var claims: JSONObject = [
        "iss": "eu", "sub": "eu", "aud": .string(issuer), "iat": .integer(now), "exp": .integer(now + 60), "jti": "x",
      ]
      change(&claims)
      return try #require(JWTSigningKey(agent).token(type: type, claims: claims))
    }
    #expect(try verify(try forged { _ in }).id == "x")
    #expect(throws: JWTRefusal.claims) { try verify(try forged { $0["sub"] = "us" }) }
    #expect(throws: JWTRefusal.claims) { try verify(try forged { $0["jti"] = nil }) }
    #expect(throws: JWTRefusal.claims) { try verify(try forged { $0["exp"] = .integer(now + 61) }) }
    #expect(throws: JWTRefusal.audience) { try verify(try forged { $0["aud"] = [.string(issuer)] }) }
    #expect(throws: JWTRefusal.type) { try verify(try forged({ _ in }, type: "at+jwt")) }
  }
}
