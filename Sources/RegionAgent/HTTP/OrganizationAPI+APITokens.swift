internal import struct FoundationEssentials.Date
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addAPITokenRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("api-tokens", use: listAPITokens)
  }

  /// What this region knows of the organization's API tokens, with their last use, which only it knows. They are made and revoked at control.
  @concurrent
  private func listAPITokens(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context, .manageTokens) { access, connection in
      let tokens = try await CredentialStore.apiTokens(of: access.organization.id, page, on: connection)
      return Response(json: tokens.json(\.json))
    }
  }
}

extension UsedAPIToken {
  var json: JSONValue {
    [
      "id": .string(token.id.description), "user_id": .string(token.user.description),
      "scopes": .array(token.scopes.map { .string($0.description) }),
      "expires_at": Date(timeIntervalSince1970: Double(token.expires)).json, "last_used_at": lastUsed?.json ?? .null,
    ]
  }
}
