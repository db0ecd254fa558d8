import Foundation
import NIOHTTP1
import SyncProtocol
import Testing

@testable import atoll

/// One archipelago, one browser, and what a person does beside logging in: consent, an API token, an invitation, the end of the account.
@Suite("A person's way in Chromium", .serialized, .enabled(if: Browser.isInstalled, "run scripts/chromium.sh"))
struct JourneyTests {
  private static let password = "correct horse battery staple"

  @Test("an application is allowed once, a token is made and revoked, an invitation is accepted, and an account ends")
  func journey() async throws {
    try await Stage.run { stage, browser in
      let ada = try await Person.signUp(stage.islands, name: "Ada")
      let organization = try await ada.createOrganization(region: "eu")
      try await stage.logIn(browser, ada.email)
      #expect(try await browser.title == "Organizations – Atoll")
      try await Self.consent(stage, browser)
      try await Self.token(stage, browser, ada, organization)
      try await Self.settings(stage, browser, ada)
      let grace = try await Self.invitation(stage, browser, ada, organization)
      try await Self.deletion(stage, browser, grace)
      _ = try await browser.complaints()
    }
  }

  /// A third party asks: the person says no, then yes, and is asked no more.
  private static func consent(_ stage: Stage, _ browser: Browser) async throws {
    let islands = stage.islands
    let operators = JSONClient(
      base: stage.url, token: try SecretFile(path: islands.control.operatorToken).text(maximumBytes: 256))
    try await HostilePage.with(html: "<h1>the application</h1>") { page in
      let made = try await operators.call(
        .POST, "/api/v1/operator/clients",
        [
          "name": "Wiki & <b>Friends</b>", "authentication": "none", "redirect_uris": [.string(page + "callback")],
          "scopes": ["openid", "email", "offline_access"],
        ])
      let query = [
        "response_type=code", "client_id=\(try made.field("id").string())", "scope=openid%20email%20offline_access",
        "redirect_uri=\(page.replacing(":", with: "%3A").replacing("/", with: "%2F"))callback", "state=xyz",
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method=S256",
      ].joined(separator: "&")
      let authorize = "\(stage.url)/oauth/authorize?\(query)"
      try await browser.open(authorize)
      #expect(try await browser.title == "Allow access? – Atoll")
      #expect(try await browser.text.contains("Wiki & <b>Friends</b>"))
      try await stage.look(browser, "consent")
      try await browser.button("Deny").click()
      try await eventually("the application is told no") {
        try await browser.address.hasPrefix(page + "callback?error=access_denied")
      }
      try await browser.open(authorize)
      try await browser.button("Allow").click()
      try await eventually("the application has a code") {
        try await browser.address.hasPrefix(page + "callback?code=")
      }
      #expect(try await browser.address.contains("state=xyz"))
      #expect(try await browser.find("h1").text == "the application")
      // Agreed is agreed: the next time nobody is asked.
      try await browser.open(authorize)
      try await eventually("the application has another code") {
        try await browser.address.hasPrefix(page + "callback?code=")
      }
    }
    // What was agreed to is taken back.
    try await browser.open(stage.url + "/settings/applications")
    #expect(try await browser.text.contains("Stay connected until you log out here"))
    try await stage.look(browser, "applications")
    try await browser.button("Take back Wiki & <b>Friends</b>").click()
    #expect(try await browser.find("[role=status]").text.contains("taken that back"))
    try await stage.look(browser, "applications-none")
  }

  private static func token(
    _ stage: Stage, _ browser: Browser, _ ada: Person, _ organization: Person.Organization
  ) async throws {
    try await browser.open(stage.url + "/settings/tokens")
    try await browser.find("a[href='/settings/tokens/\(organization.id)']").click()
    try await browser.find("[name=name]").fill("Deployment")
    // A box leads nowhere, so nothing is waited for.
    _ = try await browser.run(
      "document.querySelector('[name=scopes][value=\"org:read\"]').click(); return '';")
    try await stage.look(browser, "token-new")
    try await browser.button("Create token").click()
    let token = try await browser.find("code.secret").text.filter { $0 != " " && $0 != "\n" }
    #expect(token.hasPrefix("atl_org_eu_"))
    try await stage.look(browser, "token-shown")
    let region = JSONClient(base: stage.islands.layout.url(of: stage.islands.layout.regions[0]), token: token)
    let path = "/api/0/organizations/\(organization.id)/"
    try await eventually("the token opens its region") { try await region.send(.GET, path).status == 200 }
    try await browser.open(stage.url + "/settings/tokens/\(organization.id)")
    #expect(try await !browser.source.contains(token))
    try await browser.button("Revoke Deployment").click()
    #expect(try await browser.find("[role=status]").text.contains("revoked"))
    try await eventually("the token opens nothing") { try await region.send(.GET, path).status == 401 }
    // The person was written that there was one.
    try await browser.open(stage.url + "/dev/mail")
    #expect(try await browser.text.contains("A new API token acts in your name"))
  }

  /// Another session is ended from here, and the account gets another address by the link of a mail.
  private static func settings(_ stage: Stage, _ browser: Browser, _ ada: Person) async throws {
    let other = try await JSONClient(base: stage.url).call(
      .POST, "/api/v1/login", ["email": .string(ada.email), "password": .string(password)])
    try await browser.open(stage.url + "/settings/sessions")
    let before = try await browser.all("li.item").count
    try await browser.button("End").click()
    #expect(try await browser.find("[role=status]").text.lowercased().contains("session"))
    #expect(try await browser.all("li.item").count == before - 1)
    let ended = JSONClient(base: stage.url, token: try other.field("session_token").string())
    #expect(try await ended.send(.GET, "/api/v1/me").status == 401)
    try await browser.open(stage.url + "/settings")
    let address = "ada.new-\(UUID().uuidString.prefix(8).lowercased())@example.com"
    try await browser.find("[name=email]").fill(address)
    try await browser.find("[name=current]").fill(password)
    try await browser.button("Change address").click()
    try await stage.openMail(browser, "Confirm your new e-mail address")
    try await stage.look(browser, "email-verify")
    try await browser.button("Use this address").click()
    #expect(try await browser.find(".bar-person").text == address)
  }

  /// Invited by somebody in the region, opened by who is logged in as another: told so; then accepted by the right one.
  private static func invitation(
    _ stage: Stage, _ browser: Browser, _ ada: Person, _ organization: Person.Organization
  ) async throws -> Person {
    let grace = try await Person.signUp(stage.islands, name: "Grace")
    let invited = try await ada.enter(organization).call(
      .POST, "/api/0/organizations/\(organization.id)/invitations/",
      ["email": .string(grace.email), "role": "member"])
    let link = "\(stage.url)/invitations/accept?token=\(try invited.field("token").string())"
    try await browser.open(link)
    try await browser.button("Join").click()
    #expect(try await browser.find("h1").text == "This invitation is not valid for you")
    try await stage.look(browser, "invitation-refused")
    try await browser.button("Log out").click()
    try await browser.open(link)
    #expect(try await browser.find("h1").text == "You are invited")
    try await stage.look(browser, "invitation-stranger")
    try await browser.link("Log in").click()
    try await browser.find("[name=email]").fill(grace.email)
    try await browser.find("[name=password]").fill(password)
    try await browser.button("Log in").click()
    #expect(try await browser.find("h1").text == "Join an organization")
    try await stage.look(browser, "invitation")
    try await browser.button("Join").click()
    #expect(try await browser.title == "Organizations – Atoll")
    #expect(try await browser.text.contains(organization.slug))
    return grace
  }

  private static func deletion(_ stage: Stage, _ browser: Browser, _ grace: Person) async throws {
    try await browser.open(stage.url + "/settings/delete")
    try await browser.find("[name=current]").fill("not the password")
    try await browser.button("Delete my account").click()
    #expect(try await browser.find("[name=current]").attribute("aria-invalid") == "true")
    try await stage.look(browser, "delete-wrong")
    try await browser.find("[name=current]").fill(password)
    try await browser.button("Delete my account").click()
    #expect(try await browser.find("[role=status]").text.contains("deleted"))
    #expect(try await browser.cookies()["atoll"] == nil)
    try await stage.look(browser, "deleted")
    try await stage.logIn(browser, grace.email)
    #expect(try await browser.all("[role=alert]").count == 1)
    #expect(try await browser.title.hasSuffix("Log in – Atoll"))
  }
}
