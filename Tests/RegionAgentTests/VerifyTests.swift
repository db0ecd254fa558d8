import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("What a proxy is told about a request")
struct VerifyTests {
  @Test("yes, with one header that the published key verifies and that is about this request")
  func identity() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let keeper = LoginKeeper(
        database: login.region.database, signer: login.signer, used: UseRecorder(), auditDays: 400,
        now: WallClock.system.seconds,
        logger: FakeControl.logger)
      try await keeper.publish()
      let session = try await login.region.session(of: owner)
      let answer = try await login.ask(uri: "/app?x=1", cookie: session)
      #expect(answer.status == 200)
      #expect(answer.headers[.cacheControl] == "no-store")
      #expect(answer.headers[.atollFreshness]?.hasPrefix("fresh; age=") ?? false)
      let set = try await login.get("/auth/keys")
      guard case .array(let jwks)? = set["keys"], case .object(let jwk)? = jwks.first else {
        Issue.record("no keys")
        return
      }
      #expect(jwk["d"] == nil)
      let key = try #require(JWTVerificationKey(jwk: jwk))
      let verifier = JWTVerifier(
        profile: JWTProfile(
          types: [IdentitySigner.type], algorithms: [.es256], issuer: "atoll:region:eu",
          audience: "atoll:application:eu", longestLifetime: 60), keys: [key])
      let token = try verifier.verify(try #require(answer.headers[.atollIdentity]), now: WallClock.system.seconds())
      #expect(token.expiresAt - token.issuedAt == 60)
      #expect(try token.text("sub") == owner.description)
      #expect(try token.text("org") == organization.description)
      #expect(try token.text("org_slug") == "acme")
      #expect(try token.text("role") == "owner")
      #expect(try token.text("htm") == "GET")
      #expect(try token.text("htu") == "/app")
      #expect(try token.text("credential") == "session")
      let tokenText = try await login.region.receiveAPIToken(
        of: owner, organization, scopes: ["org:read", "app:events"])
      let second = try await login.ask(method: "POST", uri: "/", token: tokenText)
      let api = try verifier.verify(try #require(second.headers[.atollIdentity]), now: WallClock.system.seconds())
      #expect(try api.text("scope") == "org:read app:events")
      #expect(try api.text("htm") == "POST")
      let access = try await login.ask(token: try login.region.token(owner, organization))
      #expect(access.status == 200)
    }
  }

  @Test("no to every credential that is not good now, here, for this organization")
  func refusals() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let (other, _, _) = try await login.region.organization(slug: "other")
      let us = try RegionName("us")
      let stranger = try #require(TokenSigningKey.generate())
      let now = WallClock.system.seconds()
      let tokens: [String] = [
        "x", TokenFormat.browserSession.mint(), APITokenFormat.mint(for: login.region.region),
        try await login.region.receiveAPIToken(of: owner, organization, region: us),
        try await login.region.receiveAPIToken(of: owner, organization, lifetime: -1),
        try login.region.token(owner, organization, region: us),
        try login.region.token(owner, organization, signer: stranger),
        try login.region.token(owner, organization, issuedAt: now - 1000),
        try login.region.token(owner, organization, issuedAt: now + 1000),
        try login.region.token(owner, organization, epoch: 0),
      ]
      for token in tokens {
        let answer = try await login.ask(token: token)
        #expect(answer.status == 401, "\(token.prefix(12))")
        #expect(answer.headers[.atollIdentity] == nil)
      }
      for cookie in [
        "x", TokenFormat.browserSession.mint(), try await login.region.session(of: owner, epoch: 0),
        try await login.region.session(of: owner, on: .new()),
        try await login.region.session(
          of: owner, on: try await login.region.receiveControlSession(user: owner, state: "ended")),
        try await login.region.session(
          of: owner, on: try await login.region.receiveControlSession(user: owner, lifetime: -1)),
        try await login.region.session(of: owner, on: try await login.region.receiveControlSession(user: .new())),
        try await login.region.session(of: owner, seenSecondsAgo: 8 * 86_400),
        try await login.region.session(of: owner, lifetime: -1),
      ] {
        #expect(try await login.ask(cookie: cookie).status == 401)
      }
      #expect(try await login.ask().status == 401)
      let session = try await login.region.session(of: owner)
      // A token that is not good is not made good by a cookie that is.
      #expect(try await login.ask(token: "x", cookie: session).status == 401)
      for name in ["other", other.description, "nobodys", "-", "x%00y"] {
        #expect(try await login.ask(name, cookie: session).status == 403)
        #expect(
          try await login.ask(name, token: try await login.region.receiveAPIToken(of: owner, organization)).status
            == 403)
      }
      #expect(try await login.ask("other", token: try login.region.token(owner, organization)).status == 403)
    }
  }

  @Test("a credential of a newer epoch than has arrived is let in, and control is asked at once for what it knows")
  func newerEpoch() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let path = "/api/0/organizations/acme/"
      let current = try login.region.token(owner, organization)
      let newer = try login.region.token(owner, organization, epoch: 2)
      #expect(try await login.ask(token: current).status == 200)
      #expect(try await Answer.of(login.host, .get, path, token: current).status == 200)
      #expect(login.behind.rings == 0, "nothing is newer")
      #expect(try await login.ask(token: newer).status == 200)
      #expect(login.behind.rings == 1)
      #expect(try await Answer.of(login.host, .get, path, token: newer).status == 200)
      #expect(login.behind.rings == 2)
      let cookie = try await login.region.session(of: owner, epoch: 2)
      #expect(try await login.ask(cookie: cookie).status == 200)
      #expect(login.behind.rings == 3)
      // Nothing of the person is here yet: asked as well, and to be tried again.
      let unknown = try login.region.token(.new(), organization)
      #expect(try await login.ask(token: unknown).status == 503)
      #expect(login.behind.rings == 4)
      // An older one asks for nothing: what is here says no.
      try await login.region.receiveStatus(of: owner, epoch: 3)
      #expect(try await login.ask(token: newer).status == 401)
      #expect(login.behind.rings == 4)
    }
  }

  @Test("no from the moment that a status, an epoch, a membership, a session or a token ends")
  func immediately() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, grant) = try await login.region.organization()
      let control = try await login.region.receiveControlSession(user: owner)
      let session = try await login.region.session(of: owner, on: control)
      let token = try await login.region.receiveAPIToken(of: owner, organization)
      #expect(try await login.ask(cookie: session).status == 200)
      try await login.region.receiveStatus(of: owner, status: "suspended")
      #expect(try await login.ask(cookie: session).problem == "account-suspended")
      #expect(try await login.ask(token: token).status == 403)
      try await login.region.receiveStatus(of: owner, status: "active", epoch: 2)
      #expect(try await login.ask(cookie: session).status == 401)
      #expect(try await login.ask(token: token).status == 200)
      let next = try await login.region.session(of: owner, on: control, epoch: 2)
      #expect(try await login.ask(cookie: next).status == 200)
      _ = try await login.region.receiveControlSession(control, user: owner, state: "ended")
      #expect(try await login.ask(cookie: next).status == 401)
      try await login.region.client.execute("DELETE FROM replica.api_token")
      #expect(try await login.ask(token: token).status == 401)
      let access = try login.region.token(owner, organization, epoch: 2)
      #expect(try await login.ask(token: access).status == 200)
      try await login.region.client.execute("DELETE FROM region.member WHERE id = \(grant.uuid)")
      #expect(try await login.ask(token: access).status == 403)
    }
  }

  @Test("no to an access token whose session at control has ended, however that came to be known here")
  func endedSession() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let (session, other) = (SessionID.new(), SessionID.new())
      let token = try login.region.token(owner, organization, session: session)
      // Its session is on its way, or was never told of.
      #expect(try await login.ask(token: token).status == 200)
      _ = try await login.region.receiveControlSession(session, user: owner)
      #expect(try await login.ask(token: token).status == 200)
      _ = try await login.region.receiveControlSession(session, user: owner, state: "ended")
      let refused = try await login.ask(token: token)
      #expect(refused.status == 401 && refused.headers[.atollIdentity] == nil)
      let api = try await login.region.call(.get, "/api/0/organizations/acme", token: token)
      #expect(api.status == 401, "and the organization API says the same")
      // One of another session goes on, until that one comes ended.
      let second = try login.region.token(owner, organization, session: other)
      #expect(try await login.ask(token: second).status == 200)
      _ = try await login.region.receiveControlSession(other, user: owner, state: "ended")
      #expect(try await login.ask(token: second).status == 401)
    }
  }

  @Test("no to an access token whose login at its client has ended, while its session goes on")
  func endedFamily() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let session = try await login.region.receiveControlSession(user: owner)
      let (family, other) = (AuthorizationID.new(), AuthorizationID.new())
      func ask(_ family: AuthorizationID?) async throws -> Int {
        let token = try login.region.token(owner, organization, session: session, authorization: family)
        return try await login.ask(token: token).status
      }
      #expect(try await ask(family) == 200)
      _ = try await login.region.receiveControlSession(SessionID(family.uuid), user: owner)
      #expect(try await ask(family) == 200)
      _ = try await login.region.receiveControlSession(SessionID(family.uuid), user: owner, state: "ended")
      #expect(try await ask(family) == 401)
      #expect(try await ask(other) == 200, "another login of the same client")
      #expect(try await ask(nil) == 200, "and the person's own token")
      // And all of them with the session.
      _ = try await login.region.receiveControlSession(session, user: owner, state: "ended")
      for family in [family, other, nil] { #expect(try await ask(family) == 401) }
    }
  }

  @Test("not now, with 503, while a person's rows or every key have not arrived")
  func notYet() async throws {
    try await LoginFixture.with { login in
      let (organization, _, _) = try await login.region.organization()
      let token = try login.region.token(.new(), organization)
      #expect(try await login.ask(token: token).status == 503)
      try await login.region.client.execute("DELETE FROM replica.token_key")
      let other = try login.region.token(.new(), organization)
      #expect(try await login.ask(token: other).status == 503)
    }
  }

  @Test("no to a change by cookie that no page of this host asked for")
  func origins() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let session = try await login.region.session(of: owner)
      for origin in [nil, "https://evil.example", "https://us.example.com", "null"] {
        var headers: HTTPFields = [:]
        if let origin { headers[.origin] = origin }
        #expect(try await login.ask(method: "POST", cookie: session, headers: headers).problem == "foreign-origin")
        // A WebSocket of another region's page is a GET with its origin.
        let look = try await login.ask(method: "GET", cookie: session, headers: headers)
        #expect(look.status == (origin == nil ? 200 : 403))
      }
      #expect(
        try await login.ask(method: "DELETE", cookie: session, headers: [.origin: LoginFixture.url]).status == 200)
      let token = try await login.region.receiveAPIToken(of: owner, organization)
      #expect(try await login.ask(method: "POST", token: token).status == 200)
      // Several cookies of the name: one of them was planted.
      let name = login.site.sessionCookie
      let tossed = "\(name)=\(TokenFormat.browserSession.mint()); \(name)=\(session)"
      #expect(try await login.ask(headers: [.cookie: tossed]).status == 401)
    }
  }

  @Test(
    "no to headers that pretend to be Atoll's, in every spelling",
    arguments: [
      "Atoll-Identity", "atoll_identity", "Atoll.Identity", "ATOLL_FRESHNESS", "Atoll-Anything",
    ])
  func reserved(name: String) async throws {
    try await LoginFixture.with { login in
      let (_, owner, _) = try await login.region.organization()
      let session = try await login.region.session(of: owner)
      guard let field = HTTPField.Name(name) else { return }
      let answer = try await login.ask(cookie: session, headers: [field: "x"])
      #expect(answer.status == 403)
      #expect(answer.problem == "reserved-header")
    }
  }

  @Test("in each proxy's own way, and never by what a client wrote into another's")
  func dialects() async throws {
    try await LoginFixture.with { login in
      let (organization, owner, _) = try await login.region.organization()
      let token = try await login.region.receiveAPIToken(of: owner, organization)
      let method = try #require(HTTPField.Name("X-Forwarded-Method"))
      let uri = try #require(HTTPField.Name("X-Forwarded-Uri"))
      let path = "/auth/verify/acme"
      let traefik = try await Answer.of(
        login.verify, .get, path + "/forwarded", token: token, headers: [method: "PUT", uri: "/a?b"])
      #expect(try claims(traefik)["htm"] == "PUT")
      #expect(try claims(traefik)["htu"] == "/a")
      let envoy = try await Answer.of(
        login.verify, .delete, path + "/request/a/b?c=d", token: token, headers: [method: "GET", uri: "/forged"])
      #expect(try claims(envoy)["htm"] == "DELETE")
      #expect(try claims(envoy)["htu"] == "/a/b")
      for answer in [
        try await Answer.of(login.verify, .get, path, token: token, headers: [method: "GET", uri: "/"]),
        try await Answer.of(login.verify, .get, path + "/forwarded", token: token, headers: [method: "GET"]),
        try await Answer.of(login.verify, .get, path + "/forwarded", token: token, headers: [method: "GET", uri: "x"]),
        try await Answer.of(login.verify, .get, path, token: token),
      ] {
        #expect(answer.problem == "proxy-misconfigured")
        #expect(answer.status == 403)
      }
    }
  }

  @Test("and the last use of sessions and API tokens is noted, without making a request wait")
  func used() async throws {
    try await LoginFixture.with { login in
      let region = login.region
      let (organization, owner, _) = try await region.organization()
      let session = try await region.session(of: owner, seenSecondsAgo: 120)
      let token = try await region.receiveAPIToken(of: owner, organization)
      let recorder = UseRecorder()
      let authenticator = Authenticator(region: region.region, used: recorder)
      let presented: [PresentedCredential] = [
        .session(digest: TokenFormat.digest(of: session)),
        .apiToken(digest: TokenFormat.digest(of: token), region: region.region),
      ]
      for credential in presented {
        _ = try await region.database.withConnection {
          try await authenticator.caller(of: credential, by: DatabaseRecords($0))
        }
      }
      let before = try await region.call(
        .get, "/api/0/organizations/acme/api-tokens", token: try region.token(owner, organization))
      #expect(before.items.count == 1)
      try await recorder.flush(now: WallClock.system.seconds(), to: region.database)
      #expect(try await region.count("region.browser_session", where: "seen > now() - interval '1 minute'") == 1)
      #expect(try await region.count("region.api_token_use") == 1)
      let after = try await region.call(
        .get, "/api/0/organizations/acme/api-tokens", token: try region.token(owner, organization))
      guard case .object(let listed)? = after.items.first else {
        Issue.record("no token is listed")
        return
      }
      #expect(listed["last_used_at"] != .null)
      #expect(listed["digest"] == nil)
    }
  }

  private func claims(_ answer: Answer) throws -> JSONObject {
    let text = try #require(answer.headers[.atollIdentity])
    let part = try #require(text.split(separator: ".").dropFirst().first)
    return try JSONReader(try JSONParser.parse(try #require(Base64.decode(part.utf8)))).object()
  }
}
