import FoundationEssentials
import HTTPTypes
import Hummingbird
import SyncProtocol
import Testing
import Web

@testable import ControlPlane

@Suite struct PageTests {
  @Test("a path that does not exist is a page for a browser and a problem document for a program")
  func lost() async throws {
    try await withControl { control in
      func ask(_ path: String, accept: String?) async throws -> Answer {
        var headers = HTTPFields()
        headers[.accept] = accept
        return try await control.raw(.get, path, headers: headers, body: nil)
      }
      let page = try await ask("/nowhere/at/all", accept: "text/html,application/xhtml+xml,*/*;q=0.8")
      #expect(page.status == 404)
      #expect(page.headers[.contentType] == "text/html; charset=utf-8")
      #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
      #expect(String(decoding: page.bytes, as: UTF8.self).contains("There is no such page"))
      for (path, accept) in [("/nowhere", nil), ("/nowhere", "application/json"), ("/api/v1/nowhere", "text/html")] {
        let document = try await ask(path, accept: accept)
        #expect(document.status == 404 && document.problem == "no-such-route", "\(path)")
      }
    }
  }

  /// What answers of every kind say about TLS.
  private static func strictTransport(_ control: ControlFixture) async throws -> [String?] {
    var values: [String?] = []
    for (path, status) in [
      ("/login", 200), ("/organizations", 303), ("/nowhere", 404), ("/health", 200), ("/oauth/jwks", 200),
    ] {
      let answer = try await control.raw(.get, path, headers: [.accept: "text/html"], body: nil)
      #expect(answer.status == status, "\(path)")
      values.append(answer.headers[.strictTransportSecurity])
    }
    return values
  }

  @Test("pages and redirects of a name over TLS keep browsers to TLS, and those of this machine do not")
  func strictTransport() async throws {
    try await withControl(site: try #require(ControlSite("https://login.example.com"))) { control in
      let values = try await Self.strictTransport(control)
      #expect(values == Array(repeating: "max-age=31536000", count: 5))
    }
    try await withControl { control in
      let values = try await Self.strictTransport(control)
      #expect(values == Array(repeating: nil, count: 5))
    }
  }

  private static let site = ControlSite.local

  @Test("every template of the list parses, and the names of its partials and of the list are files")
  func templates() throws {
    _ = try Pages(site: Self.site)
    for (name, text) in PageFiles.templates {
      for tag in text.split(separator: "{{").dropFirst() where tag.hasPrefix(">") || tag.hasPrefix("<") {
        let partial = String(tag.dropFirst().prefix { $0 != "}" })
        #expect(PageFiles.templates[partial] != nil, "\(name) uses \(partial)")
      }
    }
  }

  @Test(
    "text of anybody's ends no attribute, opens no element and is no template, combining characters included",
    arguments: [
      "<script>alert(1)</script>", "\" autofocus onfocus=alert(1) x=\"", "\"\u{301} onfocus=alert(1) x=",
      "<\u{301}img src=x>", ">\u{20D2}", "'\u{30A}", "&lt;", "{{csrf}}", "{{{csrf}}}", "{{>form}}", "{{", "}}", "`",
      "a\u{0}b",
      "\u{202E}evil", " ", "\n",
    ])
  func escaping(text: String) throws {
    let form = Form(action: "/x", submit: "Go", [FormField("name", "Name", value: text, hint: text).with(error: text)])
    let html = try Pages(site: Self.site).text(
      .entry, title: text, ["form": .context(form.context(csrf: "token")), "lead": .text(text)])
    let plain = try Pages(site: Self.site).text(
      .entry, title: "plain",
      [
        "form": .context(
          Form(
            action: "/x", submit: "Go", [FormField("name", "Name", value: "plain", hint: "plain").with(error: "plain")]
          ).context(csrf: "token")), "lead": "plain",
      ])
    // What stands between the values is the same whatever the values are.
    for mark in ["<", ">", "\"", "'"] {
      #expect(html.unicodeScalars.count { String($0) == mark } == plain.unicodeScalars.count { String($0) == mark })
    }
    #expect(!html.contains("{{"))
    #expect(html.components("token") == plain.components("token"))
  }

  @Test("a page says in its headers that nothing inline runs, nobody frames it and nothing is kept")
  func headers() throws {
    let response = try Pages(site: Self.site).response(
      .message, title: "Hello",
      formTargets: ["https://app.example.com", "com.example.app:/done", "nonsense; script-src *"])
    #expect(
      response.headers[.contentSecurityPolicy]
        == "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self' https://app.example.com com.example.app:; frame-ancestors 'none'; base-uri 'none'"
    )
    #expect(response.headers[.cacheControl] == "no-store")
    #expect(response.headers[.xContentTypeOptions] == "nosniff")
    #expect(response.headers[try #require(HTTPField.Name("Referrer-Policy"))] == "same-origin")
    #expect(response.headers[try #require(HTTPField.Name("Cross-Origin-Opener-Policy"))] == "same-origin")
  }

  @Test("the stylesheet is served for good under the hash of its content, and only under that")
  func assets() async throws {
    try await withControl { control in
      let sheet = try await control.get(PageAssets.stylesheet.path)
      #expect(sheet.status == 200)
      #expect(sheet.headers[.cacheControl] == "public, max-age=31536000, immutable")
      #expect(sheet.headers[.contentType] == "text/css; charset=utf-8")
      #expect(String(decoding: sheet.bytes, as: UTF8.self).contains("prefers-color-scheme: dark"))
      #expect(try await control.get("/assets/atoll-0000000000000000.css").status == 404)
      #expect(try await control.get(PageAssets.icon.path).headers[.contentType] == "image/svg+xml")
    }
  }

  @Test("a form keeps what was entered but passwords and codes, names each error at its field and above the form")
  func refill() throws {
    let form = Form(
      action: "/x", submit: "Go",
      [
        FormField("email", "E-mail", .email, hint: "Yours"), FormField("password", "Password", .password(isNew: true)),
        FormField("code", "Code", .code(isNumeric: true)),
      ])
    let entered = try FormBody(parsing: Array("email=a%40example.com&password=secret&code=123456".utf8))
    let html = try Pages(site: Self.site).text(
      .entry, title: "T", ["form": .context(form.filled(entered).wrong("Bad mail", at: "email").context(csrf: "c"))],
      isFailed: true)
    #expect(html.contains("value=\"a@example.com\""))
    #expect(!html.contains("secret"))
    #expect(!html.contains("123456"))
    #expect(html.contains("aria-describedby=\"form-email-hint form-email-error\""))
    #expect(html.contains("aria-invalid=\"true\""))
    #expect(html.contains("<a href=\"#form-email\">Bad mail</a>"))
    #expect(html.contains("<title>Error: T"))
  }
}

extension FormField {
  func with(error: String) -> FormField {
    var field = self
    field.error = error
    return field
  }
}

extension String {
  /// How often a text occurs.
  func components(_ text: String) -> Int { split(separator: text, omittingEmptySubsequences: false).count }
}
