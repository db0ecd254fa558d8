import Crypto
import Silo
import SyncProtocol
import Testing

@Suite struct AccessTokenTests {
  private let key: TokenSigningKey
  private let region: RegionName
  private let token: AccessToken
  private let now: Int64 = 1_800_000_000

  init() throws {
    key = try #require(TokenSigningKey.generate())
    region = try RegionName("eu")
    token = AccessToken(
      user: try #require(UserID("01234567-89ab-7fff-bfff-ffffffffffff")),
      organization: OrganizationID("01234567-89ab-7fff-bfff-fffffffffffe"), region: region, epoch: 3,
      session: try #require(SessionID("01234567-89ab-7fff-bfff-fffffffffffd")), id: "one", issuedAt: 1_800_000_000)
  }

  private func verifier(_ keys: [TokenVerificationKey]? = nil) -> AccessTokenVerifier {
    AccessTokenVerifier(region: region, keys: keys ?? [key.verificationKey])
  }

  /// A token of any header and claims, well signed.
  private func forged(_ header: JSONValue, _ claims: JSONValue) throws -> String {
    let input = Base64.encode(JSONWriter.write(header)) + "." + Base64.encode(JSONWriter.write(claims))
    let signing = try P256.Signing.PrivateKey(rawRepresentation: key.bytes)
    return input + "." + Base64.encode(Array(try signing.signature(for: Array(input.utf8)).rawRepresentation))
  }

  private var header: JSONObject { ["typ": "at+jwt", "alg": "ES256", "kid": .string(key.verificationKey.kid)] }

  private var claims: JSONObject {
    [
      "iss": "atoll:control", "aud": "region:eu", "sub": .string(token.user.description), "iat": .integer(now),
      "nbf": .integer(now), "exp": .integer(now + 300), "jti": "one", "org": .optional(token.organization?.description),
      "epoch": 3, "sid": .string(token.session.description),
    ]
  }

  @Test("a token verifies to what was signed, within its time")
  func good() throws {
    let text = try #require(token.signed(by: key))
    #expect(try verifier().verify(text, now: now) == token)
    #expect(try verifier().verify(text, now: now + 419) == token)
    #expect(throws: AccessTokenRefusal.expired) { try verifier().verify(text, now: now + 420) }
    #expect(throws: AccessTokenRefusal.notYetValid) { try verifier().verify(text, now: now - 121) }
  }

  @Test("a remembered signature spares the curve, and neither the time nor the key's end nor another region")
  func remembered() throws {
    let text = try #require(token.signed(by: key))
    var known = VerifiedTokens(maximum: 2)
    #expect(try verifier().verify(text, now: now, remembering: &known) == token)
    #expect(known.count == 1)
    #expect(try verifier().verify(text, now: now + 419, remembering: &known) == token)
    #expect(throws: AccessTokenRefusal.expired) { try verifier().verify(text, now: now + 420, remembering: &known) }
    #expect(throws: AccessTokenRefusal.notYetValid) {
      try verifier().verify(text, now: now - 121, remembering: &known)
    }
    #expect(throws: AccessTokenRefusal.unknownKey) { try verifier([]).verify(text, now: now, remembering: &known) }
    let us = AccessTokenVerifier(region: try RegionName("us"), keys: [key.verificationKey])
    #expect(throws: AccessTokenRefusal.audience) { try us.verify(text, now: now, remembering: &known) }
    let altered = String(text.dropLast()) + (text.last == "A" ? "B" : "A")
    #expect(throws: AccessTokenRefusal.self) { try verifier().verify(altered, now: now, remembering: &known) }
    for id in ["two", "three", "four"] {
      let other = AccessToken(
        user: token.user, organization: nil, region: region, epoch: 3, session: token.session, client: "c", id: id,
        issuedAt: now)
      let text = try #require(other.signed(by: key))
      #expect(try verifier().verify(text, now: now, remembering: &known) == other)
      #expect(known.count <= 2)
    }
  }

  @Test("another region, another key and a key nobody announced are refused")
  func wrongPlace() throws {
    let text = try #require(token.signed(by: key))
    let us = AccessTokenVerifier(region: try RegionName("us"), keys: [key.verificationKey])
    #expect(throws: AccessTokenRefusal.audience) { try us.verify(text, now: now) }
    #expect(throws: AccessTokenRefusal.unknownKey) { try verifier([]).verify(text, now: now) }
  }

  @Test("headers other than control's own are refused, however well signed")
  func headers() throws {
    let cases: [(String, JSONValue?, AccessTokenRefusal)] = [
      ("typ", "JWT", .type), ("typ", nil, .type), ("alg", "none", .algorithm), ("alg", "HS256", .algorithm),
      ("alg", "ES384", .algorithm), ("alg", nil, .algorithm), ("kid", nil, .unknownKey), ("kid", "x", .unknownKey),
      ("crit", ["exp"], .header), ("jwk", [:], .header), ("jku", "https://example.com", .header),
      ("cty", "JWT", .header),
    ]
    for (name, value, refusal) in cases {
      var changed = header
      changed[name] = value
      let text = try forged(.object(changed), .object(claims))
      #expect(throws: refusal, "\(name)") { try verifier().verify(text, now: now) }
    }
  }

  @Test("claims that are missing, of another type or out of bounds are refused, however well signed")
  func wrongClaims() throws {
    let cases: [(String, JSONValue?, AccessTokenRefusal)] = [
      ("iss", "other", .issuer), ("iss", nil, .issuer), ("aud", ["region:eu"], .audience), ("aud", nil, .audience),
      ("sub", "x", .claims), ("sub", nil, .claims), ("org", "x", .claims), ("org", .null, .claims),
      ("sid", nil, .claims), ("jti", nil, .claims),
      ("jti", "", .claims), ("epoch", -1, .claims), ("epoch", "3", .claims), ("exp", nil, .claims),
      ("iat", nil, .claims),
      ("nbf", nil, .claims), ("nbf", .integer(now + 500), .notYetValid), ("exp", .integer(now + 901), .claims),
      ("exp", .integer(now), .claims), ("exp", .integer(Int64.max), .claims), ("iat", .integer(Int64.min), .claims),
      ("exp", .string("\(now + 300)"), .claims),
    ]
    for (name, value, refusal) in cases {
      var changed = claims
      changed[name] = value
      let text = try forged(.object(header), .object(changed))
      #expect(throws: refusal, "\(name)") { try verifier().verify(text, now: now) }
    }
  }

  @Test("an altered byte anywhere is refused")
  func altered() throws {
    let text = try #require(token.signed(by: key))
    for index in text.indices where text[index] != "." {
      var other = text
      other.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
      #expect(throws: AccessTokenRefusal.self) { try verifier().verify(other, now: now) }
    }
  }

  @Test(
    "what is no compact JWS is refused as malformed",
    arguments: ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "e30=.e30.AA", String(repeating: "a", count: 5000)])
  func malformed(text: String) {
    #expect(throws: AccessTokenRefusal.malformed) { try verifier().verify(text, now: now) }
  }

  @Test("a token with a duplicate claim is refused, however well signed")
  func duplicateClaim() throws {
    let claims = Array("{\"aud\":\"region:us\",\"aud\":\"region:eu\"}".utf8)
    let input = Base64.encode(JSONWriter.write(.object(header))) + "." + Base64.encode(claims)
    let signing = try P256.Signing.PrivateKey(rawRepresentation: key.bytes)
    let text = input + "." + Base64.encode(Array(try signing.signature(for: Array(input.utf8)).rawRepresentation))
    #expect(throws: AccessTokenRefusal.malformed) { try verifier().verify(text, now: now) }
  }

  @Test("coordinates off the curve are no key, and the key id is the thumbprint of RFC 7638")
  func keys() throws {
    #expect(TokenVerificationKey(x: [UInt8](repeating: 1, count: 32), y: [UInt8](repeating: 1, count: 32)) == nil)
    #expect(TokenVerificationKey(x: [1], y: [1]) == nil)
    let public_ = key.verificationKey
    #expect(TokenVerificationKey(x: public_.xText, y: public_.yText) == public_)
    #expect(public_.kid.utf8.count == 43)
    #expect(TokenSigningKey(bytes: key.bytes)?.verificationKey == public_)
  }
}
