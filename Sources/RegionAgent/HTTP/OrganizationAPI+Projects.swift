internal import HTTPTypes
internal import Hummingbird
internal import Postgres
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addProjectRoutes(to organization: RouterGroup<WebContext>, projects: RouterGroup<WebContext>) {
    organization.get("projects", use: listProjects).post("projects", use: createProject)
    projects.get(use: readProject).put(use: renameProject).delete(use: deleteProject)
    addProjectKeyRoutes(to: projects)
  }

  @concurrent
  private func listProjects(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context) { access, connection in
      let projects = try await ProjectStore.page(of: access.organization.id, page, on: connection)
      return Response(json: projects.json(\.json))
    }
  }

  /// Makes a project. Who brings one along from elsewhere names the number that its DSNs carry.
  @concurrent
  private func createProject(_ request: Request, context: WebContext) async throws -> Response {
    let body = try await request.json()
    try body.only("slug", "name", "number")
    let (slug, name) = try body.slugAndName()
    let number = try body.optional("number")?.parsed("a number from 1 to 2^53 - 1 as a string of digits") { text in
      Int64(text).flatMap { String($0) == text ? ProjectNumber($0) : nil }
    }
    return try await writing(request, context, .manageProjects) { access, connection in
      let organization = access.organization.id
      guard try await ProjectStore.count(of: organization, on: connection) < limits.projects else {
        throw Problem.tooMany("projects", limits.projects)
      }
      let project = try await ProjectStore.insert(
        slug, name: name.text, number: number, organization: organization, on: connection)
      guard let project else {
        guard try await ProjectStore.find(slug.text, in: organization, on: connection) == nil else {
          throw Problem.slugTaken("project")
        }
        throw Problem(.conflict, "number-taken", title: "Another project of this region has this number")
      }
      return Response(json: project.json, status: .created)
    }
  }

  @concurrent
  private func readProject(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, connection in
      Response(json: try await project(context, in: access, on: connection).json)
    }
  }

  @concurrent
  private func renameProject(_ request: Request, context: WebContext) async throws -> Response {
    let name = try await request.displayName()
    return try await writing(request, context, .manageProjects) { access, connection in
      var project = try await project(context, in: access, on: connection)
      try await ProjectStore.rename(project.id, to: name.text, on: connection)
      project.name = name.text
      return Response(json: project.json)
    }
  }

  @concurrent
  private func deleteProject(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .manageProjects) { access, connection in
      try await ProjectStore.delete(try await project(context, in: access, on: connection).id, on: connection)
      return Response(status: .noContent)
    }
  }

  /// The project of the path.
  func project(
    _ context: WebContext, in access: Access, on connection: RegionConnection
  ) async throws -> Project {
    guard let slug = context.parameters.get("project"), ResourceSlug(slug) != nil,
      let project = try await ProjectStore.find(slug, in: access.organization.id, on: connection)
    else { throw Problem.notFound("The project") }
    return project
  }
}
