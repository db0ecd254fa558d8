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
    projects.get("keys", use: listKeys).post("keys", use: createKey)
    projects.put("keys/:key", use: changeKey).delete("keys/:key", use: deleteKey)
  }

  @concurrent
  private func listProjects(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context) { access, connection in
      let projects = try await ProjectStore.page(of: access.organization.id, page, on: connection)
      return Response(json: projects.json(\.json))
    }
  }

  @concurrent
  private func createProject(_ request: Request, context: WebContext) async throws -> Response {
    let (slug, name) = try await request.slugAndName()
    return try await writing(request, context, .manageProjects) { access, connection in
      let organization = access.organization.id
      guard try await ProjectStore.count(of: organization, on: connection) < limits.projects else {
        throw Problem.tooMany("projects", limits.projects)
      }
      let project = try await ProjectStore.insert(slug, name: name.text, organization: organization, on: connection)
      guard let project else { throw Problem.slugTaken("project") }
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

  @concurrent
  private func listKeys(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, connection in
      let project = try await project(context, in: access, on: connection)
      let keys = try await ProjectKeyStore.all(of: project.id, limit: limits.keysPerProject, on: connection)
      return Response(json: ["items": .array(keys.map(\.json)), "next": nil])
    }
  }

  @concurrent
  private func createKey(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      guard try await ProjectKeyStore.count(of: project.id, on: connection) < limits.keysPerProject else {
        throw Problem.tooMany("keys in this project", limits.keysPerProject)
      }
      let key = try await ProjectKeyStore.insert(
        project: project.id, organization: access.organization.id, on: connection)
      return Response(json: key.json, status: .created)
    }
  }

  @concurrent
  private func changeKey(_ request: Request, context: WebContext) async throws -> Response {
    let body = try await request.json()
    try body.only("status")
    let isActive = try body.field("status").parsed("active or disabled") { text -> Bool? in
      switch text {
      case "active": true
      case "disabled": false
      default: nil
      }
    }
    return try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      let id = context.parameters.get("key").flatMap { ProjectKeyID($0) }
      guard let id,
        let key = try await ProjectKeyStore.setActive(isActive, id, of: project.id, on: connection)
      else { throw Problem.notFound("The project key") }
      return Response(json: key.json)
    }
  }

  @concurrent
  private func deleteKey(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      let id = context.parameters.get("key").flatMap { ProjectKeyID($0) }
      guard let id, try await ProjectKeyStore.delete(id, of: project.id, on: connection) else {
        throw Problem.notFound("The project key")
      }
      return Response(status: .noContent)
    }
  }

  private func project(
    _ context: WebContext, in access: Access, on connection: RegionConnection
  ) async throws -> Project {
    guard let slug = context.parameters.get("project"), ResourceSlug(slug) != nil,
      let project = try await ProjectStore.find(slug, in: access.organization.id, on: connection)
    else { throw Problem.notFound("The project") }
    return project
  }
}
