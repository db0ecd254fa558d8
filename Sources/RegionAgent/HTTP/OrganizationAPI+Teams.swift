internal import HTTPTypes
internal import Hummingbird
internal import Postgres
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addTeamRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("teams", use: listTeams).post("teams", use: createTeam)
    organization.get("teams/:team", use: readTeam).put("teams/:team", use: renameTeam)
    organization.delete("teams/:team", use: deleteTeam)
  }

  @concurrent
  private func listTeams(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context) { access, connection in
      let teams = try await TeamStore.page(of: access.organization.id, page, on: connection)
      return Response(json: teams.json(\.json))
    }
  }

  @concurrent
  private func createTeam(_ request: Request, context: WebContext) async throws -> Response {
    let (slug, name) = try await request.slugAndName()
    return try await writing(request, context, .manageTeams) { access, connection in
      let organization = access.organization.id
      guard try await TeamStore.count(of: organization, on: connection) < limits.teams else {
        throw Problem.tooMany("teams", limits.teams)
      }
      guard let team = try await TeamStore.insert(slug, name: name.text, organization: organization, on: connection)
      else { throw Problem.slugTaken("team") }
      return Response(json: team.json, status: .created)
    }
  }

  @concurrent
  private func readTeam(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, connection in
      Response(json: try await team(context, in: access, on: connection).json)
    }
  }

  @concurrent
  private func renameTeam(_ request: Request, context: WebContext) async throws -> Response {
    let name = try await request.displayName()
    return try await writing(request, context, .manageTeams) { access, connection in
      var team = try await team(context, in: access, on: connection)
      try await TeamStore.rename(team.id, to: name.text, on: connection)
      team.name = name.text
      return Response(json: team.json)
    }
  }

  @concurrent
  private func deleteTeam(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .manageTeams) { access, connection in
      try await TeamStore.delete(try await team(context, in: access, on: connection).id, on: connection)
      return Response(status: .noContent)
    }
  }

  private func team(_ context: WebContext, in access: Access, on connection: RegionConnection) async throws -> Team {
    guard let slug = context.parameters.get("team"), ResourceSlug(slug) != nil,
      let team = try await TeamStore.find(slug, in: access.organization.id, on: connection)
    else { throw Problem.notFound("The team") }
    return team
  }
}

extension Request {
  /// The body `{"slug": …, "name": …}`.
  func slugAndName() async throws -> (slug: ResourceSlug, name: DisplayName) {
    let body = try await json()
    try body.only("slug", "name")
    return try body.slugAndName()
  }
}

extension JSONReader {
  /// The members `slug` and `name`; without a name the slug is the name.
  func slugAndName() throws(JSONError) -> (slug: ResourceSlug, name: DisplayName) {
    let slug = try field("slug").parsed(ResourceSlug.rule) { ResourceSlug($0) }
    let rule = "a name of 1 to 200 bytes without control characters"
    let given = try optional("name")
    let named = if let given { given } else { try field("slug") }
    return (slug, try named.parsed(rule) { DisplayName($0) })
  }
}
