internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/operators`, `audit` and `users`.
package struct OperatorRoutes: Sendable {
  private let operators: OperatorService
  private let authentication: OperatorAuthentication
  private let users: UserImport

  package init(operators: OperatorService, users: UserImport, authentication: OperatorAuthentication) {
    self.operators = operators
    self.users = users
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/operator/operators") { request, _ in try await add(request) }
    router.get("/api/v1/operator/audit") { request, _ in try await audit(request) }
    router.post("/api/v1/operator/users/import") { request, _ in try await importUsers(request) }
    router.post("/api/v1/operator/users/{id}/status") { request, context in
      try await setStatus(request, id: context.parameters.get("id"))
    }
  }

  private func add(_ request: Request) async throws -> Response {
    let asking = try await authentication.require(.manageOperators, of: request)
    let body = try await request.json(limit: 4096)
    try body.only("name", "role")
    let role = try body.field("role").parsed("owner, operator or auditor") { OperatorRole(rawValue: $0) }
    let added = try await operators.add(
      name: try body.field("name").string(), role: role, by: .operator(asking.id))
    return Response(
      json: ["id": .string(added.id.description), "role": .string(role.rawValue), "token": .string(added.token)],
      status: .created)
  }

  private func audit(_ request: Request) async throws -> Response {
    _ = try await authentication.require(.readAudit, of: request)
    var before: Int64?
    if let text = request.uri.queryParameters["before"] {
      guard let id = Int64(text), id > 0 else {
        throw Problem.badRequest("before is what the last answer's next says.")
      }
      before = id
    }
    let page = try await operators.audit(before: before)
    let entries = page.entries.map { entry -> JSONValue in
      [
        "id": .integer(entry.id), "at": .string(entry.at.formatted(.iso8601)), "actor_kind": .string(entry.actorKind),
        "actor": .string(entry.actor), "action": .string(entry.action), "subject": .string(entry.subject),
        "alarm": .bool(entry.isAlarm),
      ]
    }
    return Response(json: ["entries": .array(entries), "next": page.next.map { .integer($0) } ?? .null])
  }

  private func importUsers(_ request: Request) async throws -> Response {
    let asking = try await authentication.require(.manageUsers, of: request)
    let body = try await request.json(limit: 512 * 1024)
    try body.only("users")
    let entries = try body.field("users").array(maximum: UserImport.most).map { user in
      try user.only("email", "name", "password_hash")
      return UserImport.Entry(
        email: try user.field("email").string(bytes: 1...1024), name: try user.field("name").string(bytes: 1...1024),
        passwordHash: try user.optional("password_hash")?.string(bytes: 1...1024))
    }
    let results = try await users.run(entries, by: asking.id).map { outcome -> JSONValue in
      switch outcome {
      case .created(let user): ["state": "created", "id": .string(user.description)]
      case .known: ["state": "known"]
      case .refused(let error):
        [
          "state": "refused", "code": .string(error.problem.code),
          "detail": .string(error.detail ?? error.problem.title),
        ]
      }
    }
    return Response(json: ["results": .array(results)])
  }

  private func setStatus(_ request: Request, id: String?) async throws -> Response {
    let asking = try await authentication.require(.manageUsers, of: request)
    guard let user = id.flatMap({ UserID($0) }) else { throw Problem.notFound("The user") }
    let body = try await request.json(limit: 4096)
    try body.only("status")
    let status = try body.field("status").parsed("active or suspended") { text in
      UserStatus(rawValue: text).flatMap { $0 == .deleted ? nil : $0 }
    }
    guard try await operators.setStatus(status, of: user, by: asking.id) else { throw Problem.notFound("The user") }
    return Response(json: ["id": .string(user.description), "status": .string(status.rawValue)])
  }
}
