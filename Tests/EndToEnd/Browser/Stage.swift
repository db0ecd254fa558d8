import Foundation
import Testing

@testable import atoll

/// Control and one region as real processes, and a browser before them.
struct Stage: Sendable {
  let islands: Islands
  let driver: String

  /// Where the browser finds control.
  var url: String { islands.layout.url(of: islands.control) }

  /// Control's port.
  var port: Int {
    get throws { try #require(url.split(separator: ":").last.flatMap { Int($0) }) }
  }

  /// Control under another origin, as behind a proxy.
  func restartControl(url: String) async throws {
    await islands.archipelago.process(of: islands.control)?.stop()
    try await islands.archipelago.start(islands.control, variables: ["ATOLL_CONTROL_URL": url])
  }

  static func run(rules: String = "", _ body: (Stage, Browser) async throws -> Void) async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      try await Browser.withDriver { driver in
        let stage = Stage(islands: islands, driver: driver)
        try await Browser.with(driver, rules: rules) { browser in
          try await body(stage, browser)
          let complaints = try await browser.complaints().filter(Self.isComplaint)
          #expect(complaints == [])
        }
      }
    }
  }

  /// A status of 403 or 422 of a page is logged as a failed load, and is meant; `[DOM]` is advice for password managers.
  static func isComplaint(_ message: String) -> Bool {
    !message.contains("the server responded with a status of 4") && !message.contains("[DOM]")
  }

  /// A person with a verified address, made by the API.
  func person(_ email: String, password: String = "correct horse battery staple") async throws {
    let control = JSONClient(base: url)
    try await SignUp(control: control, mail: islands.control.mail).make(
      email: email, password: password, name: "Ada Lovelace")
  }

  func logIn(_ browser: Browser, _ email: String, _ password: String = "correct horse battery staple") async throws {
    if try await !browser.address.contains("/login") { try await browser.open(url + "/login") }
    try await browser.find("[name=email]").fill(email)
    try await browser.find("[name=password]").fill(password)
    try await browser.button("Log in").click()
  }

  /// Opens the newest mail whose subject has this word on the development page, then the first link in it.
  func openMail(_ browser: Browser, _ subject: String) async throws {
    try await eventually("a mail about \(subject)") {
      try await browser.open(url + "/dev/mail")
      return try await browser.text.contains(subject)
    }
    try await look(browser, "mails")
    try await browser.link(subject).click()
    try await look(browser, "mail")
    try await browser.find(".mail a").click()
  }

  /// Checks what every page owes, in light and dark, wide and narrow; keeps pictures in `PICTURES` when that names a folder.
  func look(_ browser: Browser, _ name: String) async throws {
    try await Accessibility.check(browser, name)
    guard let folder = ProcessInfo.processInfo.environment["PICTURES"] else { return }
    for (variant, scheme, width) in [("light", "light", 1200), ("dark", "dark", 1200), ("phone", "light", 390)] {
      try await browser.prefers(scheme)
      try await browser.size(width, 900)
      let file = "\(folder)/\(name)-\(variant).png"
      try await browser.picture().write(to: URL(fileURLWithPath: file))
    }
    try await browser.prefers("light")
    try await browser.size(1200, 900)
  }
}
