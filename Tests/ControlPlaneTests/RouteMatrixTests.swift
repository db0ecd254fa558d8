import ControlPlane
import HTTPTypes
import Hummingbird
import Silo
import SyncProtocol
import Testing
import Web

/// Every route of the JSON API with every kind of caller. The routes are asked from the router itself: one that is added is tested.
@Suite struct RouteMatrixTests {
  private struct Route: Sendable, CustomStringConvertible {
    let method: HTTPRequest.Method
    let path: String
    var isOperators: Bool { path.hasPrefix("/api/v1/operator/") }
    var isPublic: Bool { RouteMatrixTests.open.contains(path) }
    var description: String { "\(method) \(path)" }

    /// The path with something in the place of its parameters that nobody has.
    var example: String {
      path.replacing("{id}", with: "00000000-0000-7000-8000-000000000000").replacing("{name}", with: "nowhere")
        .replacing("{organization}", with: "nowhere").replacing("{revision}", with: "1")
    }
  }

  /// What anybody may call: a route that is not here needs a person or an operator.
  private static let open: Set<String> = [
    "/api/v1/signup", "/api/v1/signup/verify", "/api/v1/login", "/api/v1/login/second-factor",
    "/api/v1/password/forgot", "/api/v1/password/reset",
  ]

  private static func routes(_ control: ControlFixture) -> [Route] {
    let router = Router.withProblems()
    control.server.addRoutes(to: router)
    return router.routes.map { Route(method: $0.method, path: $0.path.description) }
      .filter { $0.path.hasPrefix("/api/v1/") }
  }

  private static func call(_ route: Route, _ control: ControlFixture, token: String?) async throws -> Answer {
    try await control.send(route.method, route.example, token: token, json: route.method == .get ? nil : [:])
  }

  @Test("without a credential, with an ended one, or with one of another kind, no route does anything")
  func strangers() async throws {
    try await withControl { control in
      let routes = Self.routes(control)
      #expect(routes.count > 40)
      let ada = try await control.person("ada@example.com")
      let ended = try await control.logIn("ada@example.com").text("session_token")
      _ = try await control.send(.post, "/api/v1/logout", token: ended)
      for route in routes where !route.isPublic {
        let wrongKind = route.isOperators ? ada.token : control.operatorToken
        for token in [nil, ended, wrongKind, "x", TokenFormat.session.mint(), TokenFormat.operatorToken.mint()] {
          let answer = try await Self.call(route, control, token: token)
          #expect(answer.status == 401, "\(route) answers \(answer.status)")
        }
      }
    }
  }

  @Test("what is open to anybody asks for no credential, and people get past the door of theirs")
  func allowed() async throws {
    try await withControl { control in
      _ = try await control.signUp("ada@example.com")
      for route in Self.routes(control) where !route.isOperators {
        let token = route.isPublic ? nil : try await control.logIn("ada@example.com").text("session_token")
        let answer = try await Self.call(route, control, token: token)
        #expect(answer.status != 401 && answer.status < 500, "\(route) answers \(answer.status)")
      }
    }
  }

  @Test("auditors read and change nothing, and owners get past every door")
  func operators() async throws {
    try await withControl { control in
      let auditor = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "a", "role": "auditor"]
      ).text("token")
      for route in Self.routes(control) where route.isOperators {
        let owners = try await Self.call(route, control, token: control.operatorToken)
        #expect(![401, 403].contains(owners.status) && owners.status < 500, "\(route) answers \(owners.status)")
        let auditors = try await Self.call(route, control, token: auditor)
        if route.method == .get {
          #expect(![401, 403].contains(auditors.status), "\(route) answers \(auditors.status)")
        } else {
          #expect(auditors.status == 403, "\(route) answers \(auditors.status)")
        }
      }
    }
  }

  @Test("a person of another organization finds nothing there, a member not what is an owner's")
  func tenants() async throws {
    try await withControl { control in
      let world = try await World(control)
      let eve = try await control.person("eve@example.com")
      let invitation = try await world.invite("bob@example.com")
      #expect(try await world.accept(invitation.token, as: world.bob.token).status == 200)
      func rename(_ token: String) async throws -> Int {
        try await control.post(
          "/api/v1/organizations/\(world.organization)/slug", token: token, ["slug": "acme-two"]
        ).status
      }
      func token(_ token: String) async throws -> Int {
        try await control.post("/api/v1/tokens", token: token, ["organization": .string(world.organization)]).status
      }
      #expect(try await rename(eve.token) == 404)
      #expect(try await token(eve.token) == 404)
      #expect(try await rename(world.bob.token) == 403)
      #expect(try await token(world.bob.token) == 200)
      #expect(try await rename(world.ada.token) == 200)
      let mine = try await control.get("/api/v1/organizations", token: eve.token).json.field("organizations")
      #expect(try mine.array(maximum: 9).isEmpty)
    }
  }
}
