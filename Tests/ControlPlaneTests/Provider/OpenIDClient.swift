import ControlPlane
import Crypto
import FoundationEssentials
import HTTPTypes
import Silo
import SyncProtocol
import Testing
import Web

/// A client of the OpenID provider, asked through the router: what an application or a region would send.
struct OpenIDClient: Sendable {
  let control: ControlFixture
  let id: String
  var secret: String?
  var redirectURI = "https://app.example.com/callback"
  /// Signs assertions, for clients with `private_key_jwt`.
  var key: JWTSigningKey?
  let verifier = String(repeating: "v", count: 50)

  static let nonce = "n-0S6_WzA2Mj"

  /// Registers a client.
  static func register(
    _ control: ControlFixture, _ more: [(String, JSONValue)] = []
  ) async throws -> OpenIDClient {
    let made = try await create(control, more)
    try #require(made.status == 201, "\(String(decoding: made.bytes, as: UTF8.self))")
    let secret = try made.json.optional("client_secret")?.string()
    return OpenIDClient(control: control, id: try made.text("id"), secret: secret)
  }

  static func create(_ control: ControlFixture, _ more: [(String, JSONValue)]) async throws -> Answer {
    var body: JSONObject = [
      "name": "Wiki", "authentication": "client_secret_basic",
      "redirect_uris": ["https://app.example.com/callback", "https://app.example.com/other?tenant=1"],
      "scopes": ["openid", "profile", "email", "offline_access", "region"],
    ]
    for (name, value) in more { body[name] = value }
    return try await control.post("/api/v1/operator/clients", token: control.operatorToken, .object(body))
  }

  /// A region as a client.
  static func region(_ region: FakeRegion) -> OpenIDClient {
    OpenIDClient(
      control: region.control, id: region.name, redirectURI: "https://\(region.name).example.com/auth/callback",
      key: JWTSigningKey(region.agent))
  }

  var challenge: String { Base64.encode(Array(SHA256.hash(data: Array(verifier.utf8)))) }

  /// The parameters of an authorization request; nil takes one away.
  func parameters(_ changes: [(String, String?)] = []) -> [(String, String)] {
    var all: [(String, String)] = [
      ("client_id", id), ("redirect_uri", redirectURI), ("response_type", "code"), ("scope", "openid profile email"),
      ("state", "s t&a=te"), ("nonce", Self.nonce), ("code_challenge", challenge), ("code_challenge_method", "S256"),
    ]
    for (name, value) in changes {
      all.removeAll { $0.0 == name }
      if let value { all.append((name, value)) }
    }
    return all
  }

  /// Sends a browser to `/oauth/authorize`.
  func authorize(_ session: String?, _ changes: [(String, String?)] = []) async throws -> Answer {
    try await browse("/oauth/authorize?" + Self.form(parameters(changes)), session)
  }

  /// A browser's navigation.
  func browse(_ path: String, _ session: String?) async throws -> Answer {
    try await control.raw(.get, path, headers: Self.cookie(session), body: nil)
  }

  static func cookie(_ session: String?) -> HTTPFields {
    session.map { [.cookie: "atoll=\($0)"] } ?? [:]
  }

  /// Presses a button on a page of control's.
  func submit(
    _ path: String, _ page: Answer, _ session: String, _ fields: [(String, String)], origin: String? = nil
  ) async throws -> Answer {
    var headers = Self.cookie(session)
    headers[.origin] = origin ?? control.environment.site.url
    headers[.contentType] = "application/x-www-form-urlencoded"
    let all = Self.hidden(page) + fields
    return try await control.raw(.post, path, headers: headers, body: Array(Self.form(all).utf8))
  }

  /// The hidden fields of a page, each once.
  static func hidden(_ page: Answer) -> [(String, String)] {
    var fields: [(String, String)] = []
    for part in String(decoding: page.bytes, as: UTF8.self).split(separator: "<input type=\"hidden\" ").dropFirst() {
      let parts = part.split(separator: "\"", omittingEmptySubsequences: false)
      guard parts.count > 3, !fields.contains(where: { $0.0 == parts[1] }) else { continue }
      fields.append((String(parts[1]), unescaped(String(parts[3]))))
    }
    return fields
  }

  private static func unescaped(_ text: String) -> String {
    var parts = text.split(separator: "&#", omittingEmptySubsequences: false)
    var result = String(parts.removeFirst())
    for part in parts {
      let pair = part.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
      if let scalar = UInt32(pair[0]).flatMap(Unicode.Scalar.init) { result.unicodeScalars.append(scalar) }
      result += pair.dropFirst().first ?? ""
    }
    return result
  }

  /// The code of a person who is logged in, agreeing if asked.
  func code(_ session: String, _ changes: [(String, String?)] = []) async throws -> String {
    var answer = try await authorize(session, changes)
    if answer.status == 200 {
      answer = try await submit("/oauth/consent", answer, session, [("decision", "allow")])
    }
    try #require(answer.status == 303, "\(String(decoding: answer.bytes, as: UTF8.self))")
    return try #require(Self.query(answer)["code"], "\(answer.headers[.location] ?? "")")
  }

  /// Asks the token endpoint, proving who this is as registered.
  func token(_ fields: [(String, String?)], headers extra: HTTPFields = [:]) async throws -> Answer {
    var all = fields.compactMap { name, value in value.map { (name, $0) } }
    var headers = extra
    if headers[.authorization] == nil, let secret {
      headers[.authorization] = "Basic " + Base64.encode(Array("\(id):\(secret)".utf8), .standard)
    } else if let key, !all.contains(where: { $0.0 == "client_assertion" }) {
      all += try assertion(key)
    } else if secret == nil, !all.contains(where: { $0.0 == "client_id" }) {
      all.append(("client_id", id))
    }
    return try await post("/oauth/token", all, headers)
  }

  func post(_ path: String, _ fields: [(String, String)], _ extra: HTTPFields = [:]) async throws -> Answer {
    var headers = extra
    headers[.contentType] = "application/x-www-form-urlencoded"
    return try await control.raw(.post, path, headers: headers, body: Array(Self.form(fields).utf8))
  }

  /// The fields of a client assertion; `change` forges its claims.
  func assertion(
    _ key: JWTSigningKey, type: String = "JWT", _ change: (inout JSONObject) -> Void = { _ in }
  ) throws -> [(String, String)] {
    let now = control.environment.seconds
    var claims: JSONObject = [
      "iss": .string(id), "sub": .string(id), "aud": .string(control.environment.site.url), "iat": .integer(now),
      "exp": .integer(now + 60), "jti": .string(UUID().uuidString),
    ]
    change(&claims)
    return [
      ("client_assertion_type", ClientAssertion.formType),
      ("client_assertion", try #require(key.token(type: type, claims: claims))),
    ]
  }

  func exchange(_ code: String, _ changes: [(String, String?)] = []) async throws -> Answer {
    var fields: [(String, String?)] = [
      ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI), ("code_verifier", verifier),
    ]
    for (name, value) in changes {
      fields.removeAll { $0.0 == name }
      fields.append((name, value))
    }
    return try await token(fields)
  }

  func refresh(_ token: String, _ more: [(String, String?)] = []) async throws -> Answer {
    try await self.token([("grant_type", "refresh_token"), ("refresh_token", token)] + more)
  }

  func userInfo(_ token: String) async throws -> Answer { try await control.get("/oauth/userinfo", token: token) }

  // MARK: Texts

  static func form(_ pairs: [(String, String)]) -> String {
    pairs.map { "\(encoded($0))=\(encoded($1))" }.joined(separator: "&")
  }

  static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
      default: "%" + Hexadecimal.encode([byte])
      }
    }.joined()
  }

  /// The parameters that a redirection carries.
  static func query(_ answer: Answer) throws -> [String: String] {
    let location = try #require(answer.headers[.location])
    let text = location.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
    let form = try FormBody(parsing: Array(text.utf8))
    return Dictionary(form.names.map { ($0, form[$0] ?? "") }) { first, _ in first }
  }

  /// The error that a redirection or an answer carries.
  static func error(_ answer: Answer) throws -> String? {
    answer.headers[.location] == nil ? try answer.json.optional("error")?.string() : try query(answer)["error"]
  }

  /// The claims of a token, unverified.
  static func claims(_ token: String) throws -> JSONObject {
    let part = try #require(token.split(separator: ".").dropFirst().first)
    return try JSONReader(try JSONParser.parse(try #require(Base64.decode(String(part))))).object()
  }
}
