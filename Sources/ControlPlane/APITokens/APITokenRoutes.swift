internal import FoundationEssentials
internal import HTTPTypes
package import Hummingbird
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/api-tokens`: make, list and revoke.
package struct APITokenRoutes: Sendable {
  private let tokens: APITokenService
  private let authentication: Authentication

  package init(tokens: APITokenService, authentication: Authentication) {
    self.tokens = tokens
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/api-tokens") { request, _ in try await create(request) }
    router.get("/api/v1/api-tokens") { request, _ in try await list(request) }
    router.delete("/api/v1/api-tokens/{id}") { request, context in
      let session = try await authentication.session(of: request)
      guard let id = context.parameters.get("id").flatMap({ APITokenID($0) }) else {
        throw ControlError(.apiTokenUnknown)
      }
      try await tokens.revoke(id, by: session.user)
      return Response(status: .noContent)
    }
  }

  private func create(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.json(limit: 8192)
    try body.only("organization", "name", "scopes", "days", "password")
    let created = try await tokens.create(
      APITokenService.Request(
        organization: try body.field("organization").string(bytes: 1...63), name: try body.field("name").string(),
        scopes: try body.field("scopes").array(maximum: APITokenScope.most).map { try $0.string(bytes: 1...64) },
        days: try body.optional("days").map { Int(try $0.integer(in: 1...3660)) }),
      by: session, password: try body.optional("password")?.string())
    var json = Self.json(created.listed)
    json["token"] = .string(created.token)
    json["region"] = .string(created.region.text)
    json["region_url"] = .string(created.regionURL)
    return Response(json: .object(json), status: .created)
  }

  private func list(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    guard let organization = request.uri.queryParameters.get("organization"), organization.utf8.count <= 63 else {
      throw Problem.badRequest("organization is the id or the slug of an organization")
    }
    let listed = try await tokens.list(organization: organization, by: session.user)
    return Response(json: ["api_tokens": .array(listed.map { .object(Self.json($0)) })])
  }

  private static func json(_ token: APITokenStore.Listed) -> JSONObject {
    [
      "id": .string(token.id.description), "organization": .string(token.organization.description),
      "user": .string(token.user.description), "name": .string(token.name),
      "scopes": .array(token.scopes.map { .string($0) }), "state": .string(token.state),
      "created_at": .string(token.created.formatted(.iso8601)),
      "expires_at": .string(token.expires.formatted(.iso8601)),
    ]
  }
}
