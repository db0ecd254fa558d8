internal import Hummingbird
internal import HTTPTypes
internal import SyncProtocol
internal import Web

/// Passwords and second factors: `/api/v1/password` and `/api/v1/second-factor`.
struct CredentialRoutes: Sendable {
  let environment: ControlEnvironment
  let accounts: Accounts
  let authentication: Authentication

  func add(to router: Router<WebContext>) {
    router.post("/api/v1/password/forgot") { request, context in
      let body = try await request.members("email")
      try await accounts.passwords.forgot(
        email: try body.field("email").string(), from: environment.caller(request, context))
      return Response(json: ["state": "mail_sent"], status: .accepted)
    }
    router.post("/api/v1/password/reset") { request, context in
      let body = try await request.members("token", "password")
      try await accounts.passwords.reset(
        token: try body.field("token").string(), password: try body.field("password").string(),
        from: environment.caller(request, context))
      return Response(status: .noContent)
    }
    router.post("/api/v1/password/change") { request, context in
      let session = try await authentication.session(of: request)
      let body = try await request.members("password", "new_password")
      let opened = try await accounts.passwords.change(
        session, old: try body.field("password").string(), new: try body.field("new_password").string(),
        from: environment.caller(request, context))
      return Response(json: opened.json)
    }
    router.get("/api/v1/second-factor") { request, _ in
      let session = try await authentication.session(of: request)
      let state = try await accounts.secondFactor.state(of: session.user)
      return Response(json: [
        "totp": .bool(state.isOn), "recovery_codes_left": .integer(Int64(state.recoveryCodesLeft)),
      ])
    }
    router.post("/api/v1/second-factor/totp") { request, _ in try await begin(request) }
    router.post("/api/v1/second-factor/totp/confirm") { request, context in try await confirm(request, context) }
    router.post("/api/v1/second-factor/totp/remove") { request, context in try await remove(request, context) }
    router.post("/api/v1/second-factor/recovery-codes") { request, _ in
      let session = try await authentication.session(of: request)
      let body = try await request.members("password", "code")
      let codes = try await accounts.secondFactor.renewCodes(
        session, password: try body.field("password").string(), code: try body.field("code").string())
      return Response(json: ["recovery_codes": .array(codes.map { .string($0) })])
    }
  }

  private func begin(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("password")
    let begun = try await accounts.secondFactor.begin(session, password: try body.field("password").string())
    return Response(json: ["secret": .string(begun.secret), "uri": .string(begun.uri)], status: .created)
  }

  private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("code")
    let confirmed = try await accounts.secondFactor.confirm(
      session, code: try body.field("code").string(), from: environment.caller(request, context))
    return Response(json: [
      "recovery_codes": .array(confirmed.recoveryCodes.map { .string($0) }), "session": confirmed.session.json,
    ])
  }

  private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.members("password", "code")
    let opened = try await accounts.secondFactor.remove(
      session, password: try body.field("password").string(), code: try body.field("code").string(),
      from: environment.caller(request, context))
    return Response(json: ["session": opened.json])
  }
}
