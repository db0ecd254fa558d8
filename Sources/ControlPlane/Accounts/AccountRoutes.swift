internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/signup`, `login`, `logout` and `me`.
package struct AccountRoutes: Sendable {
  private let environment: ControlEnvironment
  private let accounts: Accounts
  private let authentication: Authentication

  package init(environment: ControlEnvironment, accounts: Accounts, authentication: Authentication) {
    self.environment = environment
    self.accounts = accounts
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/signup") { request, context in try await signUp(request, context) }
    router.post("/api/v1/signup/verify") { request, context in try await verify(request, context) }
    router.post("/api/v1/login") { request, context in try await logIn(request, context) }
    router.post("/api/v1/logout") { request, _ in try await logOut(request) }
    router.get("/api/v1/me") { request, _ in try await me(request) }
  }

  private func caller(_ request: Request, _ context: WebContext) -> Caller {
    Caller(request, context, proxies: environment.trustedProxies)
  }

  private func signUp(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.json(limit: 8192)
    try body.only("email", "password", "name")
    try await accounts.signUp.request(
      email: try body.field("email").string(), password: try body.field("password").string(),
      name: try body.field("name").string(), from: caller(request, context))
    return Response(json: ["state": "mail_sent"], status: .accepted)
  }

  private func verify(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.json(limit: 4096)
    try body.only("token")
    let user = try await accounts.signUp.verify(
      token: try body.field("token").string(), from: caller(request, context))
    return Response(json: ["id": .string(user.description)], status: .created)
  }

  private func logIn(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.json(limit: 8192)
    try body.only("email", "password")
    let opened = try await accounts.login.logIn(
      email: try body.field("email").string(), password: try body.field("password").string(),
      from: caller(request, context))
    return Response(json: opened.json)
  }

  private func logOut(_ request: Request) async throws -> Response {
    try await accounts.sessions.logOut(try await authentication.session(of: request))
    return Response(status: .noContent)
  }

  private func me(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    guard let profile = try await accounts.identity.profile(session.user) else { throw Problem.unauthenticated }
    return Response(json: [
      "id": .string(profile.user.description), "name": .string(profile.name), "email": .string(profile.email),
    ])
  }
}

extension OpenedSession {
  /// The answer to whoever opened it.
  var json: JSONValue {
    var object: JSONObject = [
      "session_token": .string(token), "user": .string(user.description),
      "expires_at": .string(expires.formatted(.iso8601)),
    ]
    if let device { object["device_token"] = .string(device) }
    return .object(object)
  }
}
