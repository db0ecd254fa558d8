import ControlPlane
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct ApplicationPageTests {
  @Test("applications that somebody let in are listed with what they may, and lose it when that is taken back")
  func withdraw() async throws {
    try await withControl { control in
      let client = try await OpenIDClient.register(control, [("name", "Wiki & <b>Friends</b>")])
      let ada = try await control.person("ada@example.com")
      let visit = Visit(control)
      visit.cookies["atoll"] = ada.token
      try await visit.get("/settings/applications")
      #expect(visit.html.contains("You have let no application in."))
      let asked = try await client.authorize(ada.token, [("scope", "openid email offline_access")])
      let allowed = try await client.submit("/oauth/consent", asked, ada.token, [("decision", "allow")])
      let tokens = try await client.exchange(try #require(try OpenIDClient.query(allowed)["code"]))
      #expect(try await client.userInfo(try tokens.text("access_token")).status == 200)
      try await visit.get("/settings/applications")
      #expect(visit.html.contains("Wiki &#38; &#60;b&#62;Friends"))
      #expect(visit.html.contains("See your e-mail address"))
      #expect(!visit.html.contains("See your name"))
      let path = "/settings/applications/\(client.id)/withdraw"
      // Somebody else takes nothing back, not even with the address of the form.
      _ = try await control.person("bob@example.com", name: "Bob")
      let bob = Visit(control)
      try await bob.logIn("bob@example.com")
      try await bob.get("/settings/applications")
      #expect(try await bob.post(path, [:]).headers[.location] == "/settings/applications")
      #expect(try await client.userInfo(try tokens.text("access_token")).status == 200)
      let csrf = visit.csrf
      let done = try await visit.post(path, [:])
      #expect(done.headers[.location] == "/settings/applications?done=access-withdrawn")
      #expect(try await client.userInfo(try tokens.text("access_token")).status == 401)
      #expect(try OpenIDClient.error(try await client.refresh(try tokens.text("refresh_token"))) == "invalid_grant")
      // The same form from another tab.
      let again = try await visit.post(path, [:], csrf: csrf, origin: "http://127.0.0.1:8400")
      #expect(again.headers[.location] == "/settings/applications")
      let actions = try await control.query("SELECT action FROM control.audit WHERE subject = \(client.id)")
      #expect(try actions.decode(String.self).suffix(1) == ["oauth.withdraw"])
    }
  }
}
