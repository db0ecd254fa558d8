internal import FoundationEssentials
internal import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
internal import Web

/// Logging in and out: `/api/v1/login`, `/api/v1/logout` and `/api/v1/sessions`.
struct SessionRoutes: Sendable {
  let environment: ControlEnvironment
  let accounts: Accounts
  let authentication: Authentication

  func add(to router: Router<WebContext>) {
    router.post("/api/v1/login") { request, context in try await logIn(request, context) }
    router.post("/api/v1/login/second-factor") { request, context in try await complete(request, context) }
    router.post("/api/v1/logout") { request, _ in
      try await accounts.sessions.logOut(try await authentication.session(of: request))
      return Response(status: .noContent)
    }
    router.post("/api/v1/logout/everywhere") { request, _ in
      try await accounts.sessions.logOutEverywhere(try await authentication.session(of: request))
      return Response(status: .noContent)
    }
    router.get("/api/v1/sessions") { request, _ in try await list(request) }
    router.delete("/api/v1/sessions/{id}") { request, context in
      let session = try await authentication.session(of: request)
      guard let id = context.parameters.get("id").flatMap({ SessionID($0) }) else {
        throw ControlError(.sessionUnknown)
      }
      try await accounts.sessions.end(id, of: session.user)
      return Response(status: .noContent)
    }
  }

  private func logIn(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.members("email", "password", "device")
    let outcome = try await accounts.login.logIn(
      email: try body.field("email").string(), password: try body.field("password").string(),
      device: try body.optional("device")?.string(), from: environment.caller(request, context))
    switch outcome {
    case .open(let opened): return Response(json: opened.json)
    case .secondFactor(let half):
      return Response(json: [
        "second_factor": [
          "login_token": .string(half.token), "expires_at": .string(half.expires.formatted(.iso8601)),
        ]
      ])
    }
  }

  private func complete(_ request: Request, _ context: WebContext) async throws -> Response {
    let body = try await request.members("login_token", "code", "device")
    let opened = try await accounts.login.complete(
      token: try body.field("login_token").string(), code: try body.field("code").string(),
      device: try body.optional("device")?.string(), from: environment.caller(request, context))
    return Response(json: opened.json)
  }

  private func list(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let sessions = try await accounts.sessions.list(of: session.user).map { listed -> JSONValue in
      [
        "id": .string(listed.id.description), "is_this_one": .bool(listed.id == session.id),
        "created_at": .string(listed.created.formatted(.iso8601)),
        "seen_at": .string(listed.seen.formatted(.iso8601)),
        "expires_at": .string(listed.expires.formatted(.iso8601)), "user_agent": .string(listed.userAgent),
        "address": .string(listed.client), "methods": .array(listed.methods.map { .string($0) }),
      ]
    }
    return Response(json: ["sessions": .array(sessions)])
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
