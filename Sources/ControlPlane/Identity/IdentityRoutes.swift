internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/signup`, `login`, `logout` and `me`.
package struct IdentityRoutes: Sendable {
  private let identity: IdentityService
  private let authentication: Authentication

  package init(identity: IdentityService, authentication: Authentication) {
    self.identity = identity
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/signup") { request, _ in try await signUp(request) }
    router.post("/api/v1/login") { request, _ in try await logIn(request) }
    router.post("/api/v1/logout") { request, _ in try await logOut(request) }
    router.get("/api/v1/me") { request, _ in try await me(request) }
  }

  private func signUp(_ request: Request) async throws -> Response {
    let body = try await request.json(limit: 8192)
    try body.only("email", "password", "name")
    let user = try await identity.signUp(
      email: try body.field("email").string(), password: try body.field("password").string(),
      name: try body.field("name").string())
    return Response(json: ["id": .string(user.description)], status: .created)
  }

  private func logIn(_ request: Request) async throws -> Response {
    let body = try await request.json(limit: 8192)
    try body.only("email", "password")
    let login = try await identity.logIn(
      email: try body.field("email").string(), password: try body.field("password").string())
    return Response(json: [
      "session_token": .string(login.token), "user": .string(login.user.description),
      "expires_at": .string(login.expires.formatted(.iso8601)),
    ])
  }

  private func logOut(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    try await identity.logOut(session.id)
    return Response(status: .noContent)
  }

  private func me(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    guard let profile = try await identity.profile(session.user) else { throw Problem.unauthenticated }
    return Response(json: [
      "id": .string(profile.user.description), "name": .string(profile.name), "email": .string(profile.email),
    ])
  }
}
