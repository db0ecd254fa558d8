import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// Logging out at the word of a client.
@Suite struct ProviderLogoutTests {
  private func isLive(_ session: String, _ control: ControlFixture) async throws -> Bool {
    try await control.get("/api/v1/me", token: session).status == 200
  }

  @Test("a client with an ID token of the browser's session ends it and goes on to its own place, with its state")
  func byToken() async throws {
    try await withControl { control in
      let bye = "https://app.example.com/bye"
      let client = try await OpenIDClient.register(
        control, [("trusted", true), ("logout_uris", [.string(bye), "https://app.example.com/bye?a=1"])])
      let ada = try await control.person("ada@example.com")
      let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
      control.clock.advance(3600)
      let query = OpenIDClient.form([("id_token_hint", token), ("post_logout_redirect_uri", bye), ("state", "a b")])
      let answer = try await client.browse("/oauth/logout?" + query, ada.token)
      #expect(answer.status == 303)
      #expect(answer.headers[.location] == bye + "?state=a%20b")
      #expect(answer.headers[values: .setCookie].contains { $0.hasPrefix("atoll=;") })
      #expect(try await !isLive(ada.token, control))
      // Nobody is logged in: only the way on is left.
      #expect(try await client.browse("/oauth/logout?" + query, nil).headers[.location] == bye + "?state=a%20b")
    }
  }

  @Test("without a token of this session a person is asked, and only the own page's form ends anything")
  func asked() async throws {
    try await withControl { control in
      let world = try await World(control)
      let bye = "https://app.example.com/bye"
      let client = try await OpenIDClient.register(control, [("trusted", true), ("logout_uris", [.string(bye)])])
      let bobs = try await client.exchange(try await client.code(world.bob.token)).text("id_token")
      let sid = try JSONReader(.object(try OpenIDClient.claims(bobs))).field("sid").string()
      let region = OpenIDClient.region(world.eu)
      for query in [
        [], [("client_id", client.id)], [("id_token_hint", bobs)], [("id_token_hint", "junk")],
        [("client_id", client.id), ("post_logout_redirect_uri", bye)],
        [("id_token_hint", bobs), ("post_logout_redirect_uri", bye)],
        [("client_id", region.id), ("post_logout_redirect_uri", "https://eu.example.com/"), ("logout_hint", sid)],
      ] as [[(String, String)]] {
        let page = try await client.browse("/oauth/logout?" + OpenIDClient.form(query), world.ada.token)
        #expect(page.status == 200)
        #expect(String(decoding: page.bytes, as: UTF8.self).contains("ada@example.com"))
        #expect(try await isLive(world.ada.token, control))
      }
      let query = OpenIDClient.form([("client_id", "eu"), ("post_logout_redirect_uri", "https://eu.example.com/")])
      let page = try await client.browse("/oauth/logout?" + query, world.ada.token)
      for origin in ["https://eu.example.com", "null"] {
        let forged = try await client.submit("/oauth/logout/confirm", page, world.ada.token, [], origin: origin)
        #expect(forged.status == 403)
      }
      #expect(try await client.submit("/oauth/logout/confirm", page, world.bob.token, []).status == 403)
      #expect(try await isLive(world.ada.token, control))
      let done = try await client.submit("/oauth/logout/confirm", page, world.ada.token, [])
      #expect(done.headers[.location] == "https://eu.example.com/")
      #expect(try await !isLive(world.ada.token, control))
      #expect(try await isLive(world.bob.token, control))
      let actions = try await control.query("SELECT action FROM control.audit").decode(String.self)
      #expect(actions.contains("oauth.logout"))
    }
  }

  @Test("a link that leads to a place its client has not registered does nothing at all")
  func redirects() async throws {
    try await withControl { control in
      let bye = "https://app.example.com/bye"
      let client = try await OpenIDClient.register(control, [("trusted", true), ("logout_uris", [.string(bye)])])
      let other = try await OpenIDClient.register(
        control, [("trusted", true), ("logout_uris", ["https://other.example.com/"])])
      let ada = try await control.person("ada@example.com")
      let token = try await client.exchange(try await client.code(ada.token)).text("id_token")
      let queries: [[(String, String)]] = [
        [("post_logout_redirect_uri", bye)], [("client_id", "x"), ("post_logout_redirect_uri", bye)],
        [("id_token_hint", token), ("post_logout_redirect_uri", "https://other.example.com/")],
        [("id_token_hint", token), ("post_logout_redirect_uri", bye + "/")],
        [("id_token_hint", token), ("post_logout_redirect_uri", client.redirectURI)],
        [("id_token_hint", token), ("client_id", other.id)],
        [
          ("id_token_hint", token), ("client_id", other.id), ("post_logout_redirect_uri", "https://other.example.com/"),
        ],
        [("id_token_hint", token), ("id_token_hint", token), ("post_logout_redirect_uri", bye)],
        [("id_token_hint", token), ("state", String(repeating: "s", count: 1025))],
      ]
      for query in queries {
        for session in [ada.token, nil] {
          let answer = try await client.browse("/oauth/logout?" + OpenIDClient.form(query), session)
          #expect(answer.status == 400, "\(query.map(\.0))")
          #expect(answer.headers[.location] == nil)
        }
      }
      #expect(try await isLive(ada.token, control))
      // As a form it becomes a navigation, which carries the cookie.
      let posted = try await client.post(
        "/oauth/logout", [("id_token_hint", token), ("post_logout_redirect_uri", bye)])
      let location = try #require(posted.headers[.location])
      #expect(location.hasPrefix("/oauth/logout?"))
      #expect(try await client.browse(location, ada.token).headers[.location] == bye)
      #expect(try await !isLive(ada.token, control))
    }
  }
}
