import Foundation
import Testing

@testable import atoll

/// A person who is logged in at control opens what a hostile region answers through the gateway, on the very host of the login, in a real browser.
@Suite(
  "A hostile region in Chromium", .serialized, .enabled(if: Browser.isInstalled, "run scripts/chromium.sh"))
struct HostileRegionBrowserTests {
  /// What runs if anything runs: it would read, set, call and lead away.
  private static let script = """
    document.title = 'owned'; document.cookie = 'owned=1; path=/'; localStorage.setItem('owned', '1');
    fetch('/owned?' + document.cookie); navigator.serviceWorker && navigator.serviceWorker.register('/api/0/owned.js');
    """

  private static let fields = [
    "Set-Cookie: atoll=evil; Path=/", "Set-Cookie: owned=1; Path=/", "Clear-Site-Data: \"cookies\", \"storage\"",
    "Refresh: 0;url=https://evil.test/", "Service-Worker-Allowed: /", "Alt-Svc: h3=\":443\"",
    "Report-To: {\"group\":\"a\",\"max_age\":1,\"endpoints\":[{\"url\":\"https://evil.test\"}]}",
    "Access-Control-Allow-Origin: *", "Access-Control-Allow-Credentials: true",
    "Content-Security-Policy: default-src * 'unsafe-inline'", "X-Content-Type-Options: sniff",
    "Link: </owned.css>; rel=preload; as=style", "Speculation-Rules: \"/owned.json\"",
  ].map { "\($0)\r\n" }.joined()

  private static let html =
    "<!doctype html><title>page</title><script>\(script)</script><img src=x onerror=\"\(script)\">"
  private static let svg =
    "<svg xmlns='http://www.w3.org/2000/svg'><script>\(script)</script></svg>"

  /// Content by the last segment of the path: its type and its text.
  private static let contents: [String: (type: String?, text: String)] = [
    "html": ("text/html", html), "html-charset": ("TEXT/HTML; charset=utf-7", html),
    "xhtml": ("application/xhtml+xml", html), "svg": ("image/svg+xml", svg), "xml": ("text/xml", svg),
    "application-xml": ("application/xml", svg), "mathml": ("application/mathml+xml", svg),
    "plain": ("text/plain", html), "json": ("application/json", html), "untyped": (nil, html),
    "unknown": ("unknown/unknown", html), "octets": ("application/octet-stream", html),
    "two-types": ("text/plain, text/html", html), "pdf": ("application/pdf", html),
    "multipart": ("multipart/x-mixed-replace; boundary=b", "--b\r\nContent-Type: text/html\r\n\r\n\(html)\r\n--b--"),
    "script": ("text/javascript", script), "module": ("application/javascript", script),
    "style": ("text/css", "body { background: url(/owned) }"),
  ]

  @Sendable private static func answer(_ seen: HostileRegion.Seen) -> HostileRegion.Answer {
    let name = String(seen.target.prefix { $0 != "?" }.split(separator: "/").last ?? "")
    if name == "redirect" {
      return HostileRegion.Answer(
        bytes: "HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\n\(fields)Content-Length: 0\r\n\r\n")
    }
    guard let content = contents[name] else { return .data("{}") }
    return .data(content.text, fields, type: content.type)
  }

  @Test("neither reads nor sets a cookie, runs nothing, and leads nowhere")
  func hostile() async throws {
    try await Stage.run { stage, browser in
      let person = try await Person.signUp(stage.islands)
      try await stage.logIn(browser, person.email)
      try await eventually("logged in") { try await browser.title == "Organizations – Atoll" }
      let cookies = try await browser.cookies()
      #expect(!cookies.isEmpty)
      try await HostileScene.with(stage.islands, person, answers: Self.answer) { scene in
        let base = stage.url + scene.path("")
        for name in Self.contents.keys.sorted() + ["redirect"] {
          try await browser.open(base + name)
          try await Self.check(browser, cookies, name)
        }
        try await Self.fromOwnPage(stage, browser, scene, cookies)
        // The region has seen the requests, and nothing of the person's.
        let seen = scene.region.take()
        #expect(seen.count >= Self.contents.count)
        for request in seen {
          #expect(request.values("cookie") == [], "\(request.head)")
          #expect(!request.target.contains("owned"), "something ran: \(request.target)")
          for cookie in cookies.values {
            #expect(!request.head.contains(cookie["value"] ?? "-"), "\(request.head)")
          }
        }
        try await browser.open(stage.url + "/organizations")
        #expect(try await browser.title == "Organizations – Atoll", "still logged in")
        #expect(try await browser.run("return localStorage.getItem('owned') === null ? 'clean' : 'owned'") == "clean")
        _ = try await browser.complaints()
      }
    }
  }

  private static func check(_ browser: Browser, _ cookies: [String: [String: String]], _ name: String) async throws {
    #expect(try await browser.title != "owned", "\(name) ran a script")
    #expect(!(try await browser.address).contains("evil.test"), "\(name) led away")
    let now = try await browser.cookies()
    #expect(now.mapValues { $0["value"] } == cookies.mapValues { $0["value"] }, "\(name) changed a cookie")
  }

  /// What a script of the login host's own would get: no page of its own, no worker, nothing that runs.
  private static func fromOwnPage(
    _ stage: Stage, _ browser: Browser, _ scene: HostileScene, _ cookies: [String: [String: String]]
  ) async throws {
    try await browser.open(stage.url + "/organizations")
    for name in ["script", "module", "plain", "json", "html"] {
      let path = scene.path(name)
      let worker = try await browser.run(
        """
        window.outcome = 'waiting';
        navigator.serviceWorker.register('\(path)').then(() => window.outcome = 'registered', () => window.outcome = 'refused');
        return '';
        """)
      #expect(worker == "")
      try await eventually("the browser has decided about \(name)") {
        try await browser.run("return window.outcome") != "waiting"
      }
      #expect(try await browser.run("return window.outcome") == "refused", "\(name) became a worker")
      try await check(browser, cookies, name)
    }
  }
}
