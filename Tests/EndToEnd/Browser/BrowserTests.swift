import Foundation
import Testing

@testable import atoll

/// The pages in a real Chromium, over real processes. Skipped, visibly, where there is no browser.
@Suite("Pages in Chromium", .serialized, .enabled(if: Browser.isInstalled, "run scripts/chromium.sh"))
struct BrowserTests {
  private static let password = "correct horse battery staple"

  @Test(
    "a person signs up, opens the mail, logs in, creates an organization and sees it; nothing breaks the page's policy")
  func firstVisit() async throws {
    try await Stage.run { stage, browser in
      try await browser.open(stage.url + "/")
      #expect(try await browser.title == "Log in – Atoll")
      try await stage.look(browser, "login")
      try await browser.link("Sign up").click()
      try await stage.look(browser, "signup")
      try await browser.find("[name=name]").fill("Ada Lovelace")
      try await browser.find("[name=email]").fill("ada@example.com")
      try await browser.find("[name=password]").fill("short")
      try await browser.button("Create account").click()
      #expect(try await browser.find("[role=alert]").text.contains("At least") == false)
      #expect(try await browser.find("[name=password]").attribute("aria-invalid") == "true")
      #expect(try await browser.find("[name=email]").property("value") == "ada@example.com")
      #expect(try await browser.focused.attribute("role") == "alert")
      try await stage.look(browser, "signup-error")
      try await browser.find("[name=password]").fill(Self.password)
      try await browser.button("Create account").click()
      #expect(try await browser.find("h1").text == "Look into your mail")
      try await stage.look(browser, "mail-sent")
      try await stage.openMail(browser, "Confirm")
      try await stage.look(browser, "verify")
      try await browser.find("[name=current]").fill(Self.password)
      try await browser.button("Confirm my address").click()
      #expect(try await browser.find("[role=status]").text.contains("confirmed"))
      try await stage.logIn(browser, "ada@example.com", Self.password)
      #expect(try await browser.title == "Organizations – Atoll")
      try await stage.look(browser, "organizations-empty")
      try await browser.link("New organization").click()
      try await stage.look(browser, "organization-new")
      try await browser.find("[name=name]").fill("Analytical Engines")
      try await browser.button("Create organization").click()
      #expect(try await browser.text.contains("analytical-engines"))
      try await eventually("the organization is open") {
        try await browser.open(stage.url + "/organizations")
        return try await browser.all("a.button.quiet[href$='/open']").count == 1
      }
      try await stage.look(browser, "organizations")
    }
  }

  @Test("two-step login is set up by a key, asked for at the next login, and a recovery code opens once")
  func secondFactor() async throws {
    try await Stage.run { stage, browser in
      try await stage.person("ada@example.com")
      try await stage.logIn(browser, "ada@example.com")
      for section in ["Settings", "Password", "Sessions", "API tokens", "Delete account", "Two-step login"] {
        try await browser.link(section).click()
        try await stage.look(browser, "settings-\(section.lowercased().replacing(" ", with: "-"))")
      }
      try await browser.find("[name=current]").fill(Self.password)
      try await browser.button("Set up").click()
      try await stage.look(browser, "second-factor-setup")
      let secret = try await browser.find("code.secret").text.filter { $0 != " " }
      try await browser.find("[name=code]").fill("000000")
      try await browser.button("Turn on").click()
      #expect(try await browser.find("[name=code]").attribute("aria-invalid") == "true")
      #expect(try await browser.all(".qr svg").count == 1)
      try await stage.look(browser, "second-factor-wrong")
      try await browser.find("[name=code]").fill(try OneTimeCode(secret: secret).now)
      try await browser.button("Turn on").click()
      let codes = try await browser.all(".codes code")
      #expect(codes.count == 10)
      let recovery = try await codes[0].text
      try await stage.look(browser, "recovery-codes")
      try await browser.button("Log out").click()
      try await stage.logIn(browser, "ada@example.com")
      #expect(try await browser.find("h1").text == "Second step")
      try await stage.look(browser, "second-step")
      try await browser.find("[name=code]").fill(recovery)
      try await browser.button("Log in").click()
      #expect(try await browser.title == "Organizations – Atoll")
      try await browser.button("Log out").click()
      try await stage.logIn(browser, "ada@example.com")
      try await browser.find("[name=code]").fill(recovery)
      try await browser.button("Log in").click()
      #expect(try await browser.find("[name=code]").attribute("aria-invalid") == "true")
    }
  }

  @Test("a forgotten password is set anew through the mail, and a login works with the keyboard alone")
  func forgottenPassword() async throws {
    try await Stage.run { stage, browser in
      try await stage.person("ada@example.com")
      try await browser.open(stage.url + "/login")
      try await browser.link("Set a new one").click()
      try await stage.look(browser, "forgot")
      try await browser.find("[name=email]").fill("ada@example.com")
      try await browser.button("Send the mail").click()
      #expect(try await browser.find("h1").text == "Look into your mail")
      try await stage.openMail(browser, "password")
      try await stage.look(browser, "reset")
      let fresh = "a sentence that is new and long"
      try await browser.find("[name=password]").fill(fresh)
      try await browser.button("Set the password").click()
      #expect(try await browser.find("[role=status]").text.contains("new password is set"))
      // From here on nothing but keys: the first field has the focus, Tab leads on, Enter sends.
      #expect(try await browser.focused.attribute("name") == "email")
      try await browser.press("ada@example.com" + Browser.tab)
      #expect(try await browser.focused.attribute("name") == "password")
      try await browser.press(fresh + Browser.enter)
      try await eventually("the list of organizations") { try await browser.title == "Organizations – Atoll" }
      // The first stop is the way past the navigation; the fourth is the settings.
      try await browser.press(Browser.tab)
      #expect(try await browser.focused.text == "Skip to content")
      try await browser.press(Browser.tab + Browser.tab + Browser.tab)
      #expect(try await browser.focused.text == "Settings")
      try await browser.press(Browser.enter)
      try await eventually("the settings") { try await browser.title == "Profile – Atoll" }
    }
  }

  @Test(
    "a page of another origin of the same site posts forms with our cookies, and is refused: login, logout, password")
  func forgery() async throws {
    try await Stage.run { stage, browser in
      try await stage.person("ada@example.com")
      try await stage.logIn(browser, "ada@example.com")
      #expect(try await browser.title == "Organizations – Atoll")
      // Another port of this host is the same site, as a region's subdomain is: the browser sends the cookie along.
      let form = """
        <form id="f" method="post" action="\(stage.url)/logout"><input name="csrf" value="x"></form><h1>hostile</h1>
        """
      try await HostilePage.with(html: form) { hostile in
        try await browser.open(hostile)
        #expect(try await browser.find("h1").text == "hostile")
        _ = try await browser.run("document.getElementById('f').submit(); return '';")
        try await eventually("an answer") { try await browser.address == stage.url + "/logout" }
        #expect(try await browser.find("h1").text == "This came from another site")
        // Nor does a script there read a page of ours, or frame it.
        try await browser.open(hostile)
        let read = try await browser.run(
          "return fetch('\(stage.url)/settings', {credentials: 'include'}).then(r => 'read', e => 'refused')")
        #expect(read == "refused")
        let framed = try await browser.run(
          """
          return new Promise(done => { const f = document.createElement('iframe'); f.src = '\(stage.url)/organizations';
            f.onload = () => { try { done(f.contentDocument ? 'open' : 'closed') } catch (e) { done('closed') } };
            document.body.append(f); })
          """)
        #expect(framed == "closed")
      }
      try await browser.open(stage.url + "/organizations")
      #expect(try await browser.title == "Organizations – Atoll")
      // What the hostile page tried was complained about, and that is all right.
      _ = try await browser.complaints()
    }
  }

  @Test("over TLS the session is in __Host-atoll: a region's subdomain neither sets it nor sends a form that counts")
  func subdomain() async throws {
    try await Stage.run(rules: "MAP *.atoll.test 127.0.0.1") { stage, browser in
      try await stage.person("ada@example.com")
      try await stage.person("mallory@example.com")
      try await TLSFront.with(.relay(to: try stage.port)) { port in
        let login = "https://login.atoll.test:\(port)"
        try await stage.restartControl(url: login)
        try await browser.open(login + "/login")
        try await browser.find("[name=email]").fill("ada@example.com")
        try await browser.find("[name=password]").fill(Self.password)
        try await browser.button("Log in").click()
        #expect(try await browser.title == "Organizations – Atoll")
        let session = try #require(try await browser.cookies()["__Host-atoll"]?["value"])
        let hostile = """
          <h1>a region</h1>
          <form id="out" method="post" action="\(login)/logout"></form>
          <form id="in" method="post" action="\(login)/login">
          <input name="email" value="mallory@example.com"><input name="password" value="\(Self.password)"></form>
          """
        try await TLSFront.with(.page(hostile)) { port in
          for form in ["out", "in"] {
            try await browser.open("https://eu.atoll.test:\(port)/")
            _ = try await browser.run(
              """
              for (const name of ['__Host-atoll', '__Host-atoll-form', '__Host-atoll-half'])
                for (const domain of ['', '; Domain=atoll.test', '; Domain=login.atoll.test'])
                  document.cookie = name + '=evil; Path=/; Secure' + domain;
              return '';
              """)
            _ = try await browser.run("document.getElementById('\(form)').submit(); return '';")
            try await eventually("an answer") { try await browser.address.hasPrefix(login) }
            #expect(try await browser.find("h1").text == "This came from another site")
            #expect(try await browser.cookies()["__Host-atoll"]?["value"] == session)
          }
        }
        try await browser.open(login + "/settings")
        #expect(try await browser.find(".bar-person").text == "ada@example.com")
        _ = try await browser.complaints()
      }
    }
  }

  @Test("from the list a person lands on an organization in its region, logged in there")
  func landing() async throws {
    try await Stage.run { stage, browser in
      try await stage.person("ada@example.com")
      try await stage.logIn(browser, "ada@example.com")
      try await browser.link("New organization").click()
      try await browser.find("[name=name]").fill("Acme")
      try await browser.button("Create organization").click()
      try await eventually("the organization is open") {
        try await browser.open(stage.url + "/organizations")
        return try await browser.all("a[href$='/open']").count > 0
      }
      let region = stage.islands.layout.url(of: stage.islands.layout.regions[0])
      try await eventually("the browser is in the region") {
        // The way there is a redirect that a person may have to take twice, while the region learns of the login.
        try await browser.open(stage.url + "/organizations")
        try await browser.find("a[href$='/open']").click()
        let address = try await browser.address
        return address.hasPrefix(region) && !address.contains("/auth/")
      }
      // Logged in there: the region's own session, which no script reads and its API takes.
      #expect(try await browser.cookies()["atoll-session-eu"] != nil)
      #expect(try await !browser.run("return document.cookie").contains("atoll-session"))
      try await browser.open(region + "/api/0/organizations/acme/")
      #expect(try await browser.text.contains("Acme"))
      // What the region says by itself, and the way out: its button carries what only this page has.
      try await browser.open(region + "/auth/callback")
      #expect(try await browser.find("h1").text == "This login is not under way in this browser")
      try await Accessibility.checkPlain(browser, "region-refusal")
      try await browser.open(region + "/auth/logout")
      try await Accessibility.checkPlain(browser, "region-logout")
      try await browser.button("Log out").click()
      try await eventually("control asks about all other sessions") {
        try await browser.address.hasPrefix(stage.url + "/oauth/logout")
      }
      #expect(try await browser.cookies()["atoll-session-eu"] == nil)
      try await stage.look(browser, "logout-everywhere")
      _ = try await browser.complaints()
    }
  }
}
