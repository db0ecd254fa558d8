import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Web

/// Scripts of other origins at an API.
@Suite("Cross-origin calls") struct CrossOriginTests {
  private static let app = "https://app.example.com"

  private func ask(
    _ path: String, _ method: HTTPRequest.Method = .get, _ headers: [(String, String)] = [], listed: Bool = true
  ) async throws -> (status: Int, headers: HTTPFields) {
    let origins = OriginList.none.origins.union(listed ? [Self.app] : [])
    let router = Router.withProblems(crossOrigin: CrossOriginAPI(below: "/api/0/") { origins.contains($0) })
    router.get("/api/0/thing") { _, _ in
      Response(status: .ok, headers: [.vary: "Accept", .accessControlAllowCredentials: "true"])
    }
    router.get("/api/0/broken") { _, _ -> Response in throw Problem.forbidden("no") }
    router.get("/auth/login") { _, _ in Response(status: .ok) }
    var fields = HTTPFields()
    for (name, value) in headers { fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
    let sent = fields
    return try await Application(router: router).test(.router) { client in
      let answer = try await client.execute(uri: path, method: method, headers: sent)
      return (answer.status.code, answer.headers)
    }
  }

  @Test("of a listed origin are answered for exactly that one, errors too, and never with credentials")
  func listed() async throws {
    for path in ["/api/0/thing", "/api/0/broken", "/api/0/nothing"] {
      let answer = try await ask(path, .get, [("Origin", Self.app)])
      #expect(answer.headers[.accessControlAllowOrigin] == Self.app, "\(path)")
      #expect(answer.headers[.vary]?.contains("Origin") == true)
      #expect(answer.headers[.accessControlAllowCredentials] == nil)
      #expect(answer.headers[.accessControlExposeHeaders]?.contains("Atoll-Freshness") == true)
    }
    #expect(try await ask("/api/0/broken", .get, [("Origin", Self.app)]).status == 403)
    #expect(try await ask("/api/0/thing", .get, [("Origin", Self.app)]).headers[.vary] == "Accept, Origin")
  }

  @Test("are asked for ahead: a preflight of a listed origin is allowed what the API takes")
  func preflight() async throws {
    let asked = [("Origin", Self.app), ("Access-Control-Request-Method", "PUT")]
    let answer = try await ask("/api/0/anything/at/all", .options, asked)
    #expect(answer.status == 204)
    #expect(answer.headers[.accessControlAllowOrigin] == Self.app)
    #expect(answer.headers[.accessControlAllowMethods]?.contains("PUT") == true)
    #expect(answer.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
    #expect(answer.headers[.accessControlAllowHeaders]?.contains("Cookie") == false)
    #expect(answer.headers[.accessControlMaxAge] == "600")
  }

  @Test(
    "of every other origin, of two at once, and at other paths get no permission",
    arguments: ["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null", "*"])
  func others(origin: String) async throws {
    for (path, method) in [("/api/0/thing", HTTPRequest.Method.get), ("/api/0/thing", .options)] {
      let answer = try await ask(path, method, [("Origin", origin), ("Access-Control-Request-Method", "GET")])
      #expect(answer.headers[.accessControlAllowOrigin] == nil)
      #expect(answer.headers[.vary]?.contains("Origin") == true)
    }
    let two = try await ask("/api/0/thing", .get, [("Origin", Self.app), ("Origin", origin)])
    #expect(two.headers[.accessControlAllowOrigin] == nil)
    #expect(try await ask("/auth/login", .get, [("Origin", Self.app)]).headers[.accessControlAllowOrigin] == nil)
    #expect(
      try await ask("/api/0/thing", .get, [("Origin", Self.app)], listed: false)
        .headers[.accessControlAllowOrigin] == nil)
  }

  @Test("are listed as browsers write origins")
  func lists() throws {
    let list = try #require(OriginList("https://app.example.com, http://127.0.0.1:5173,https://b.example:8443"))
    #expect(list.origins.count == 3)
    for text in [
      "", "*", "https://*.example.com", "https://app.example.com/", "https://App.example.com", "http://app.example.com",
      "https://app.example.com:443", "http://127.0.0.1:80", "app.example.com", "null", "https://a.example,,",
      "https://a.example/path",
    ] {
      #expect(OriginList(text) == nil, "\(text)")
    }
  }
}
