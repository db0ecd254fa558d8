internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addOrganizationRoutes(to organization: RouterGroup<WebContext>) {
    organization.get(use: readOrganization).put(use: renameOrganization).delete(use: deleteOrganization)
  }

  @concurrent
  private func readOrganization(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, _ in
      guard case .object(var json) = access.organization.json else { throw Problem.internalError }
      json["role"] = .string(access.role.rawValue)
      return Response(json: .object(json))
    }
  }

  @concurrent
  private func renameOrganization(_ request: Request, context: WebContext) async throws -> Response {
    let name = try await request.displayName()
    return try await writing(request, context, .rename) { access, connection in
      try await OrganizationStore.rename(access.organization.id, to: name.text, on: connection)
      var organization = access.organization
      organization.name = name.text
      return Response(json: organization.json)
    }
  }

  /// Ends the organization for everybody at once: later requests answer 404.
  @concurrent
  private func deleteOrganization(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .deleteOrganization) { access, connection in
      try await OrganizationStore.delete(access.organization.id, on: connection)
      return Response(status: .noContent)
    }
  }
}

extension Request {
  /// The body `{"name": …}`.
  func displayName() async throws -> DisplayName {
    let body = try await json()
    try body.only("name")
    return try body.field("name").parsed("a name of 1 to 200 bytes without control characters") { DisplayName($0) }
  }
}
