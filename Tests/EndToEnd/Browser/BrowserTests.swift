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
}
