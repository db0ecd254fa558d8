import ControlPlane
import HTTPTypes
import Postgres
import Silo
import Testing

@Suite struct OrganizationPageTests {
  @Test("organizations of all regions are listed with the way into each; one that is being set up has none")
  func list() async throws {
    try await withControl { control in
      let world = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/organizations")
      #expect(visit.html.contains("href=\"/organizations/\(world.organization)/open\""))
      let open = try await visit.get("/organizations/\(world.organization)/open")
      #expect(open.status == 303)
      #expect(open.headers[.location] == "https://eu.example.com/auth/login?return_to=%2F&organization=acme")
      try await visit.get("/organizations/new")
      let made = try await visit.post(
        "/organizations",
        ["name": "Zweite & S\u{F6}hne", "slug": "", "region": "eu", "request": try #require(visit.value("request"))])
      #expect(made.headers[.location] == "/organizations?done=organization-created")
      try await visit.get("/organizations?done=organization-created")
      #expect(visit.html.contains("The organization is created."))
      #expect(visit.html.contains("being set up"))
      #expect(visit.html.contains("zweite-s-hne"))
      #expect(visit.html.contains("Zweite &#38; S\u{F6}hne"))
    }
  }

  @Test("the same form sent twice makes one organization; another slug's owner is told apart at the field")
  func twice() async throws {
    try await withControl { control in
      _ = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      try await visit.get("/organizations/new")
      let csrf = visit.csrf
      let fields = ["name": "Beta", "slug": "beta", "region": "eu", "request": try #require(visit.value("request"))]
      for _ in 0..<2 {
        #expect(
          try await visit.post("/organizations", fields, csrf: csrf, origin: "http://127.0.0.1:8400").status == 303)
      }
      #expect(
        try await control.query("SELECT count(*) FROM directory.organization_home WHERE slug = 'beta'").only().decode(
          Int64.self) == 1)
      try await visit.get("/organizations/new")
      let taken = try await visit.post("/organizations", ["name": "Acme", "slug": "acme", "region": "eu"])
      #expect(taken.status == 409)
      #expect(visit.html.contains("id=\"form-slug-error\""))
      let nowhere = try await visit.post("/organizations", ["name": "Acme", "slug": "acme2", "region": "mars"])
      #expect(nowhere.status == 422)
      #expect(visit.html.contains("id=\"form-region-error\""))
    }
  }

  @Test("an owner changes the short name, once however often the form is sent; what cannot be is said at the field")
  func rename() async throws {
    try await withControl(asService: true) { control in
      let world = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("ada@example.com")
      let page = "/organizations/\(world.organization)/slug"
      try await visit.get("/organizations")
      #expect(visit.html.contains("href=\"\(page)\""))
      try await visit.get(page)
      #expect(visit.html.contains("value=\"acme\""))
      for slug in ["", "-a", "admin", "\u{E4}cme"] {
        #expect(try await visit.post(page, ["slug": slug]).status == 422, "\(slug)")
        #expect(visit.html.contains("id=\"form-slug-error\""))
      }
      try await visit.get(page)
      let csrf = visit.csrf
      let fields = ["slug": "Acme-2", "request": try #require(visit.value("request"))]
      for _ in 0..<2 {
        let changed = try await visit.post(page, fields, csrf: csrf, origin: "http://127.0.0.1:8400")
        #expect(changed.status == 303)
        #expect(changed.headers[.location] == "/organizations?done=slug-changed")
      }
      try await visit.get("/organizations?done=slug-changed")
      #expect(visit.html.contains("The short name is changed."))
      #expect(visit.html.contains("<code>acme-2</code>"))
    }
  }

  @Test("whoever is no owner has no page for it")
  func renameForeign() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invited = try await world.invite("bob@example.com")
      #expect(try await world.accept(invited.token, as: world.bob.token).status == 200)
      let visit = Visit(control)
      try await visit.logIn("bob@example.com")
      let page = "/organizations/\(world.organization)/slug"
      try await visit.get("/organizations")
      #expect(!visit.html.contains(page))
      #expect(try await visit.get(page).status == 404)
      try await visit.get("/organizations/new")
      #expect(try await visit.post(page, ["slug": "bobs"]).status == 404)
      #expect(try await visit.get("/organizations/nonsense/slug").status == 404)
      let owned = try await control.query("SELECT slug FROM directory.organization_home").decode(String.self)
      #expect(owned == ["acme"])
    }
  }

  @Test("nobody opens another's organization, or one that is not there")
  func foreign() async throws {
    try await withControl { control in
      let world = try await World(control)
      let visit = Visit(control)
      try await visit.logIn("bob@example.com")
      for id in [world.organization, "nonsense", OrganizationID(control.environment.identifiers.uuid()).description] {
        let answer = try await visit.get("/organizations/\(id)/open")
        #expect(answer.status == 404)
        #expect(answer.headers[.location] == nil)
        #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
      }
    }
  }

  @Test("an invitation is accepted after login, by whom it was sent to; others get a clear page")
  func invitation() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      let path = "/invitations/accept?token=\(invitation.token)"
      let stranger = Visit(control)
      #expect(try await stranger.get(path).status == 200)
      #expect(stranger.html.contains("/login?return_to&#61;%2Finvitations%2Faccept%3Ftoken%3D\(invitation.token)"))
      let ada = Visit(control)
      try await ada.logIn("ada@example.com")
      try await ada.get(path)
      let refused = try await ada.post("/invitations/accept", ["token": invitation.token])
      #expect(refused.status == 404)
      #expect(ada.html.contains("This invitation is not valid for you"))
      #expect(ada.html.contains("ada@example.com"))
      #expect(!ada.html.contains("bob@example.com"))
      let bob = Visit(control)
      let login = try await bob.logIn(
        "bob@example.com", at: "/login?return_to=%2Finvitations%2Faccept%3Ftoken%3D\(invitation.token)")
      #expect(login.headers[.location] == path)
      try await bob.get(path)
      #expect(
        try await bob.post("/invitations/accept", ["token": invitation.token]).headers[.location]
          == "/organizations?done=joined")
      #expect(try await world.liveGrant(of: world.bob.id) != nil)
    }
  }

  @Test("whoever signs up on the way to an invitation comes back to it")
  func signUpFirst() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("carol@example.com")
      let visit = Visit(control)
      try await visit.get("/signup?return_to=%2Finvitations%2Faccept%3Ftoken%3D\(invitation.token)")
      try await visit.post(
        "/signup", ["name": "Carol", "email": "carol@example.com", "password": ControlFixture.password])
      try await control.deliver()
      let token = try #require(control.mail.token(.signUp, to: "carol@example.com"))
      try await visit.get("/signup/verify?token=\(token)")
      let verified = try await visit.post("/signup/verify", ["token": token, "current": ControlFixture.password])
      #expect(
        verified.headers[.location]
          == "/login?return_to=%2Finvitations%2Faccept%3Ftoken%3D\(invitation.token)&done=verified")
    }
  }
}
