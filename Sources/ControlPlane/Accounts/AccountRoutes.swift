internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// What people do with their accounts: `/api/v1/signup` and `/api/v1/me`.
package struct AccountRoutes: Sendable {
  private let environment: ControlEnvironment
  private let accounts: Accounts
  private let authentication: Authentication

  package init(environment: ControlEnvironment, accounts: Accounts, authentication: Authentication) {
    self.environment = environment
    self.accounts = accounts
    self.authentication = authentication
  }

  /// Adds all routes of accounts.
  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/signup") { request, context in try await signUp(request, context) }
    router.post("/api/v1/signup/verify") { request, context in try await verify(request, context) }
    router.get("/api/v1/me") { request, _ in try await me(request) }
    router.patch("/api/v1/me") { request, _ in try await rename(request) }
    router.post("/api/v1/me/email") { request, context in try await changeEmail(request, context) }
    router.post("/api/v1/me/email/verify") { request, _ in
      let session = try await authentication.session(of: request)
      let body = try await request.members("token")
      try await accounts.emailChange.verify(token: try body.field("token").string(), by: session.user)
      return Response(status: .noContent)
    }
    router.post("/api/v1/me/delete") { request, _ in try await delete(request) }
    SessionRoutes(environment: environment, accounts: accounts, authentication: authentication).add(to: router)
    CredentialRoutes(environment: environment, accounts: accounts, authentication: authentication).add(to: router)
  }

  private func signUp(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.members("email", "password", "name")
    try await accounts.signUp.request(
      email: try body.field("email").string(), password: try body.field("password").string(),
      name: try body.field("name").string(), from: environment.caller(request, context))
    return Response(json: ["state": "mail_sent"], status: .accepted)
  }

  private func verify(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.members("token", "password")
    let user = try await accounts.signUp.verify(
      token: try body.field("token").string(), password: try body.optional("password")?.string(),
      from: environment.caller(request, context))
    return Response(json: ["id": .string(user.description)], status: .created)
  }

  private func me(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    guard let profile = try await accounts.identity.profile(session.user) else { throw Problem.unauthenticated }
    return Response(json: [
      "id": .string(profile.user.description), "name": .string(profile.name), "email": .string(profile.email),
    ])
  }

  private func rename(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("name")
    try await accounts.sessions.rename(session.user, to: try body.field("name").string())
    return try await me(request)
  }

  private func changeEmail(_ request: Request, _ context: WebContext) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("email", "password")
    try await accounts.emailChange.request(
      session, password: try body.field("password").string(), email: try body.field("email").string(),
      from: environment.caller(request, context))
    return Response(json: ["state": "mail_sent"], status: .accepted)
  }

  private func delete(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("password", "code")
    try await accounts.deletion.delete(
      session, password: try body.field("password").string(), code: try body.optional("code")?.string())
    return Response(status: .noContent)
  }
}

extension Request {
  /// The body, which may have these members and no others.
  func members(_ names: String...) async throws -> JSONReader {
    let body = try await json(limit: 8192)
    for member in try body.object().members where !names.contains(member.key) {
      throw Problem.badRequest("The body may have the members \(names.joined(separator: ", ")) only.")
    }
    return body
  }
}

extension ControlEnvironment {
  /// Where a request came from.
  package func caller(_ request: Request, _ context: WebContext) -> Caller {
    Caller(request, context, proxies: trustedProxies)
  }
}
