import ControlPlane
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

/// Every authorization rule of control, both ways. The matrix of routes, roles and tenants is made from the router's own routes and the rules below; a
/// route without a rule fails with a sentence.
@Suite struct RouteRuleTests {
  struct Route: Hashable, CustomStringConvertible {
    let method: HTTPRequest.Method
    let path: String
    var description: String { "\(method) \(path)" }

    static func all(_ control: ControlFixture) -> [Route] {
      let router = Router.withProblems()
      control.server.addRoutes(to: router)
      return router.routes.map { Route(method: $0.method, path: $0.path.description) }
    }

    /// The path with something in the place of its parameters that nobody has.
    var example: String {
      path.replacing("{id}", with: "00000000-0000-7000-8000-000000000000").replacing("{revision}", with: "1")
        .replacing(#/\{[a-z]+\}/#, with: "nowhere")
    }
  }

  /// What a change below a path needs; the longest that fits counts. Looks need ``OperatorPermission/readStatus``, or what ``looks`` says.
  static let changes: [(path: String, permission: OperatorPermission)] = [
    ("/api/v1/operator/regions", .manageRegions), ("/api/v1/operator/reconcile", .manageRegions),
    ("/api/v1/operator/epoch", .manageRegions), ("/api/v1/operator/regions/{name}/ring", .manageReleases),
    ("/api/v1/operator/rings", .manageReleases), ("/api/v1/operator/gated", .manageReleases),
    ("/api/v1/operator/clients", .manageClients), ("/api/v1/operator/id-token-keys", .manageKeys),
    ("/api/v1/operator/manifest", .manageKeys), ("/api/v1/operator/token-keys", .manageOperators),
    ("/api/v1/operator/operators", .manageOperators), ("/api/v1/operator/users", .manageUsers),
    ("/api/v1/operator/localities", .manageRegions), ("/api/v1/operator/slugs", .manageRegions),
    ("/api/v1/operator/project-keys", .manageRegions), ("/api/v1/operator/default-region", .manageRegions),
    ("/api/v1/operator/homes", .manageRegions), ("/api/v1/operator/organizations", .manageRegions),
    ("/api/v1/operator/operations", .manageRegions),
  ]
  static let looks: [String: OperatorPermission] = ["/api/v1/operator/audit": .readAudit]

  private static func permission(_ route: Route) -> OperatorPermission? {
    if route.method == .get { return looks[route.path] ?? .readStatus }
    return changes.filter { route.path == $0.path || route.path.hasPrefix($0.path + "/") }
      .max { $0.path.utf8.count < $1.path.utf8.count }?.permission
  }

  @Test(
    "route x operator's role: each route lets in exactly the roles that its permission names",
    arguments: OperatorRole.allCases)
  func operators(role: OperatorRole) async throws {
    try await withControl { control in
      let token = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "x", "role": .string(role.rawValue)]
      ).text("token")
      let routes = Route.all(control).filter { $0.path.hasPrefix("/api/v1/operator/") }
      #expect(routes.count > 30)
      for route in routes {
        guard let permission = Self.permission(route) else {
          Issue.record("\(route) has no rule: say in RouteRuleTests.changes what it needs")
          continue
        }
        let answer = try await control.send(
          route.method, route.example, token: token, json: route.method == .get ? nil : [:])
        #expect(
          (answer.status == 403) == !role.allows(permission) && answer.status != 401 && answer.status < 500,
          "\(route) answers \(answer.status) to the role \(role)")
      }
    }
  }

  /// What names an organization at control: how it is asked, and who may.
  private struct TenantRoute: Sendable {
    let name: String
    let permission: OrganizationPermission
    let call: @Sendable (_ world: World, _ token: String) async throws -> Int
  }

  private static let tenantRoutes: [TenantRoute] = [
    TenantRoute(name: "POST /api/v1/organizations/{id}/slug", permission: .changeSlug) { world, token in
      try await world.control.post(
        "/api/v1/organizations/\(world.organization)/slug", token: token, ["slug": "acme"]
      ).status
    },
    TenantRoute(name: "POST /api/v1/tokens", permission: .read) { world, token in
      try await world.control.post("/api/v1/tokens", token: token, ["organization": "acme"]).status
    },
    TenantRoute(name: "POST /api/v1/api-tokens", permission: .manageTokens) { world, token in
      try await world.control.post(
        "/api/v1/api-tokens", token: token, ["organization": "acme", "name": "ci", "scopes": ["org:read"]]
      ).status
    },
    TenantRoute(name: "GET /api/v1/api-tokens", permission: .read) { world, token in
      try await world.control.get("/api/v1/api-tokens?organization=acme", token: token).status
    },
    TenantRoute(name: "DELETE /api/v1/api-tokens/{id}", permission: .manageTokens) { world, token in
      let made = try await world.control.post(
        "/api/v1/api-tokens", token: world.ada.token, ["organization": "acme", "name": "x", "scopes": ["org:read"]])
      return try await world.control.send(.delete, "/api/v1/api-tokens/\(made.text("id"))", token: token).status
    },
  ]

  @Test(
    "route x role x tenant: what names an organization lets in its people by their role, and is not there for others")
  func tenants() async throws {
    try await withControl { control in
      let world = try await World(control)
      var people: [(role: OrganizationRole?, token: String)] = [(.owner, world.ada.token)]
      for role in [OrganizationRole.member, .admin] {
        let email = "\(role.rawValue)@example.com"
        let person = try await control.person(email)
        let invitation = try await world.invite(email, role: role.rawValue)
        #expect(try await world.accept(invitation.token, as: person.token).status == 200)
        people.append((role, person.token))
      }
      // Who belongs nowhere, and who owns another organization in the same region.
      people.append((nil, world.bob.token))
      let eve = try await control.person("eve@example.com")
      _ = try await World.organization("theirs", of: eve.token, at: world.eu, control)
      people.append((nil, eve.token))
      for route in Self.tenantRoutes {
        for (role, token) in people {
          let status = try await route.call(world, token)
          let what = "\(route.name) answers \(status) to \(role?.rawValue ?? "a stranger")"
          if let role, role.allows(route.permission) {
            #expect((200..<300).contains(status), "\(what)")
          } else if role == nil {
            #expect(status == 404, "\(what)")
          } else {
            #expect([403, 404].contains(status), "\(what)")
          }
        }
      }
    }
  }

  /// Pages that anybody may look at.
  private static let openPages: Set<String> = [
    "/", "/login", "/login/second-factor", "/signup", "/signup/verify", "/forgot", "/reset", "/invitations/accept",
    "/dev/mail", "/dev/mail/{name}",
  ]

  private static func isPage(_ route: Route) -> Bool {
    !["/api/", "/oauth/", "/sync/", "/.well-known/", "/assets/", "/health", "/ready", "/favicon"].contains {
      route.path.hasPrefix($0)
    }
  }

  @Test("route x visitor: a page that is not open leads to the login, and a form of nobody's page changes nothing")
  func pages() async throws {
    try await withControl { control in
      let routes = Route.all(control).filter(Self.isPage)
      #expect(routes.count > 40)
      let ada = try await control.person("ada@example.com")
      for route in routes {
        for session in [nil, ada.token, TokenFormat.session.mint()] {
          var headers = HTTPFields()
          if let session { headers[.cookie] = "atoll=\(session)" }
          if route.method == .get {
            let answer = try await control.raw(.get, route.example, headers: headers, body: nil)
            #expect(answer.status < 500, "\(route) answers \(answer.status)")
            guard session != ada.token, !Self.openPages.contains(route.path), !route.path.contains("**") else {
              continue
            }
            #expect(answer.status == 303, "\(route) answers \(answer.status)")
            #expect(answer.headers[.location]?.hasPrefix("/login") == true, "\(route)")
          } else if route.method == .post {
            headers[.contentType] = "application/x-www-form-urlencoded"
            let answer = try await control.raw(.post, route.example, headers: headers, body: [])
            let isRefused = answer.status == 403 || answer.headers[.location]?.hasPrefix("/login") == true
            #expect(isRefused, "\(route) answers \(answer.status)")
          }
        }
      }
    }
  }
}
