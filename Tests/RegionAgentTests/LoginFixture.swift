import AsyncHTTPClient
import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Outbox
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

/// A region with logins, asked through its routers, and the provider it knows. The browser is the test.
struct LoginFixture {
  let region: RegionFixture
  let provider: FakeProvider
  let knowledge: Knowledge
  let applied = Doorbell()
  /// Rung when a credential shows that control knows something newer.
  let behind: Doorbell
  let host: Router<WebContext>
  let verify: Router<WebContext>
  let signer: IdentitySigner
  let passage: Passage
  let site: RegionSite

  static let url = "https://eu.example.com"
  static let code = TokenFormat.authorizationCode.mint()

  /// Runs `body` with a provider that answers, or with none.
  static func with(
    away: Bool = false, url: String = LoginFixture.url, rates: LoginRates = LoginRates(proxies: .none),
    _ body: @Sendable @escaping (LoginFixture) async throws -> Void
  ) async throws {
    try await RegionFixture.with { region in
      try await region.receiveSite(url)
      let provider = FakeProvider()
      if away { return try await body(LoginFixture(region, provider, at: "http://127.0.0.1:1", rates)) }
      try await provider.serving { try await body(LoginFixture(region, provider, at: $0, rates)) }
    }
  }

  init(_ region: RegionFixture, _ provider: FakeProvider, at control: String, _ rates: LoginRates) throws {
    self.region = region
    self.provider = provider
    let silo = try #require(SiloNumber(7))
    let manifest = SignedManifest.unusable
    let identity = RegionIdentity(
      name: region.region, silo: silo, controlURL: control, agentKey: try SigningKey(purpose: .agent),
      streamKey: try SigningKey(purpose: .stream), manifest: try manifest(), development: true)
    knowledge = Knowledge(database: region.database)
    let behind = Doorbell()
    self.behind = behind
    let authenticator = Authenticator(region: region.region, behind: { behind.ring() })
    signer = try #require(IdentitySigner(region: region.region))
    let control = ControlProvider(identity: identity, clock: .system)
    control.open(HTTPClient.shared)
    let sites = RegionSites(region: region.region)
    site = try #require(RegionSite(url: Self.url, name: region.region.text))
    let age = KnowledgeAge.byClock(WallClock.system.seconds)
    host = Router<WebContext>.withProblems()
    LoginRoutes(
      region: region.region, database: region.database, sites: sites, provider: control,
      service: LoginService(
        region: region.region, database: region.database, provider: control, knowledge: knowledge, applied: applied,
        clock: .system), clock: .system, rates: rates
    ).add(to: host)
    IdentityKeyRoutes(database: region.database, now: WallClock.system.seconds).add(to: host)
    OrganizationAPI(
      database: region.database, authenticator: authenticator, sites: sites, age: age
    ).addRoutes(to: host)
    verify = Router<WebContext>.withProblems()
    passage = Passage(
      database: region.database, knowledge: knowledge, authenticator: authenticator, sites: sites, age: age,
      signer: signer, now: WallClock.system.seconds)
    VerifyRoutes(passage: passage).add(to: verify)
  }

  func get(_ path: String, cookies: String? = nil, page: Bool = false) async throws -> Answer {
    var headers: HTTPFields = [:]
    if let cookies { headers[.cookie] = cookies }
    if page { headers[.accept] = "text/html,*/*" }
    return try await Answer.of(host, .get, path, headers: headers)
  }

  /// The text of a page.
  func text(_ path: String, cookies: String? = nil) async throws -> String {
    var headers: HTTPFields = [.accept: "text/html"]
    if let cookies { headers[.cookie] = cookies }
    let sent = headers
    return try await Application(router: host).test(.router) { client in
      String(buffer: try await client.execute(uri: path, method: .get, headers: sent).body)
    }
  }

  /// Asks as nginx does.
  func ask(
    _ organization: String = "acme", method: String = "GET", uri: String = "/app?x=1", token: String? = nil,
    cookie: String? = nil, headers extra: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = extra
    headers[try #require(HTTPField.Name("X-Original-Method"))] = method
    headers[try #require(HTTPField.Name("X-Original-URI"))] = uri
    if let cookie { headers[.cookie] = "\(site.sessionCookie)=\(cookie)" }
    return try await Answer.of(verify, .get, "/auth/verify/\(organization)", token: token, headers: headers)
  }

  /// What a login's first redirect says, and the browser's cookie.
  struct Begun: Sendable {
    let parameters: [String: String]
    let cookie: String
    var state: String { parameters["state"] ?? "" }
  }

  func begin(_ path: String = "/auth/login") async throws -> Begun {
    let answer = try await get(path)
    #expect(answer.status == 303)
    let location = answer.headers[.location] ?? ""
    let query = location.split(separator: "?", maxSplits: 1).last ?? ""
    let pairs = query.split(separator: "&").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let cookie = answer.headers[values: .setCookie].last ?? ""
    return Begun(
      parameters: Dictionary(
        pairs.map { ($0[0], ($0.count > 1 ? $0[1] : "").percentDecoded) }, uniquingKeysWith: { $1 }),
      cookie: String(cookie.prefix { $0 != ";" }))
  }

  /// The ID token that control would give for a login.
  func give(
    _ begun: Begun, user: UserID, session: SessionID, epoch: Int64? = 1, signer: TokenSigningKey? = nil,
    audience: String? = nil, issuer: String? = nil, nonce: String? = nil, issuedAt: Int64 = WallClock.system.seconds(),
    position: LoginPosition? = LoginPosition("1.99")
  ) {
    let key = (signer ?? region.key).jwt
    let name = region.region.text
    provider.script.withLock { script in
      script.token = { own in
        var token = IDToken(
          issuer: issuer ?? own, audience: audience ?? name, user: user, session: session, issuedAt: issuedAt,
          authenticatedAt: issuedAt, methods: ["pwd"])
        token.nonce = nonce ?? begun.parameters["nonce"]
        token.epoch = epoch
        token.position = position
        return token.signed(by: key)
      }
    }
  }

  func finish(
    _ begun: Begun, state: String? = nil, issuer: String? = nil, cookies: String? = nil, more: String = "",
    page: Bool = false
  ) async throws -> Answer {
    let own = provider.script.withLock { $0.issuer }
    let query = FormText.encode([("code", Self.code), ("state", state ?? begun.state), ("iss", issuer ?? own)])
    return try await get("/auth/callback?\(query)\(more)", cookies: cookies ?? begun.cookie, page: page)
  }

  /// The value of the session's cookie that an answer sets.
  func session(in answer: Answer) -> String? {
    answer.headers[values: .setCookie].first { $0.hasPrefix(site.sessionCookie + "=") }
      .map { String($0.dropFirst(site.sessionCookie.count + 1).prefix { $0 != ";" }) }
  }

  /// What the button of the logout's page sends, the token in the header as scripts do.
  func leaving(_ session: String) -> HTTPFields {
    [
      .cookie: "\(site.sessionCookie)=\(session)", .origin: Self.url,
      .csrfToken: SessionFormToken.of(session),
    ]
  }

  /// A whole login.
  func logIn(_ user: UserID, on session: SessionID? = nil) async throws -> (cookie: String, control: SessionID) {
    let control = if let session { session } else { try await region.receiveControlSession(user: user) }
    let begun = try await begin()
    give(begun, user: user, session: control)
    let answer = try await finish(begun)
    #expect(answer.status == 303)
    return (try #require(self.session(in: answer)), control)
  }
}

extension SignedManifest {
  /// A manifest that nobody looks at here.
  static var unusable: () throws -> SignedManifest {
    {
      let root = try SigningKey(purpose: .root)
      let control = try SigningKey(purpose: .control)
      let stream = try SigningKey(purpose: .stream)
      let manifest = Manifest(
        version: 1, issued: 1, expires: 2, development: true, primaryRoot: root.verificationKey,
        recoveryRoot: try SigningKey(purpose: .recovery).verificationKey,
        keys: [
          KnownKey(key: control.verificationKey, purpose: .control),
          KnownKey(key: stream.verificationKey, purpose: .stream),
        ])
      return try SignedManifest(try #require(manifest), roots: [root])
    }
  }
}
