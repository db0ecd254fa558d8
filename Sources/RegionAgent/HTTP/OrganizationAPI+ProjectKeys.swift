internal import HTTPTypes
internal import Hummingbird
internal import Postgres
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addProjectKeyRoutes(to projects: RouterGroup<WebContext>) {
    projects.get("keys", use: listKeys).post("keys", use: createKey)
    projects.get("keys/:key", use: readKey).put("keys/:key", use: changeKey).delete("keys/:key", use: deleteKey)
  }

  @concurrent
  private func listKeys(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, connection in
      let project = try await project(context, in: access, on: connection)
      let keys = try await ProjectKeyStore.all(of: project.id, limit: limits.keysPerProject, on: connection)
      let site = try await sites?.site(on: connection)
      return Response(json: ["items": .array(keys.map { $0.json(at: site) }), "next": nil])
    }
  }

  @concurrent
  private func readKey(_ request: Request, context: WebContext) async throws -> Response {
    try await reading(request, context) { access, connection in
      let project = try await project(context, in: access, on: connection)
      guard let id = Self.key(context),
        let key = try await ProjectKeyStore.find(id, of: project.id, on: connection)
      else { throw Problem.notFound("The project key") }
      return Response(json: key.json(at: try await sites?.site(on: connection)))
    }
  }

  /// Makes a key. Who brings clients along from elsewhere names the public value that they use; whether another organization has it already is seen here,
  /// or soon after at control: then the key shows a refusal.
  @concurrent
  private func createKey(_ request: Request, context: WebContext) async throws -> Response {
    let wanted = try await KeyBody(request)
    return try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      guard try await ProjectKeyStore.count(of: project.id, on: connection) < limits.keysPerProject else {
        throw Problem.tooMany("keys in this project", limits.keysPerProject)
      }
      let key = try await ProjectKeyStore.insert(
        wanted.publicKey, name: wanted.name, project: project.id, organization: access.organization.id, on: connection)
      guard let key else {
        throw Problem(
          .conflict, "key-taken", title: "The public key is in use",
          detail: "A public key belongs to one project. Whoever has it releases it by deleting it.")
      }
      return Response(json: key.json(at: try await sites?.site(on: connection)), status: .created)
    }
  }

  @concurrent
  private func changeKey(_ request: Request, context: WebContext) async throws -> Response {
    let body = try await request.json()
    try body.only("status", "name")
    let isActive = try body.optional("status")?.parsed("active or disabled") { text -> Bool? in
      switch text {
      case "active": true
      case "disabled": false
      default: nil
      }
    }
    let name = try body.optional("name")?.parsed(KeyBody.nameRule) { DisplayName($0) }
    guard isActive != nil || name != nil else { throw body.error(expected: "status or name") }
    return try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      guard let id = Self.key(context),
        let key = try await ProjectKeyStore.change(
          id, of: project.id, isActive: isActive, name: name?.text, on: connection)
      else { throw Problem.notFound("The project key") }
      return Response(json: key.json(at: try await sites?.site(on: connection)))
    }
  }

  /// Deletes the key, which releases its public value for others.
  @concurrent
  private func deleteKey(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .manageProjects) { access, connection in
      let project = try await project(context, in: access, on: connection)
      guard let id = Self.key(context), try await ProjectKeyStore.delete(id, of: project.id, on: connection) else {
        throw Problem.notFound("The project key")
      }
      return Response(status: .noContent)
    }
  }

  private static func key(_ context: WebContext) -> ProjectKeyID? {
    context.parameters.get("key").flatMap { ProjectKeyID($0) }
  }
}

/// What a request says about a key that is to be made: nothing, or some of its parts.
private struct KeyBody {
  static let nameRule = "a name of 1 to 200 bytes without control characters"

  var name: String?
  var publicKey: String?

  init(_ request: Request) async throws {
    guard request.headers.contains(.contentType) else {
      // Not even a type: no body is expected, and one that comes after all is refused.
      guard try await request.bytes(limit: 1).isEmpty else { throw Problem.unsupportedMediaType }
      return
    }
    let body = try await request.json()
    try body.only("name", "public_key")
    name = try body.optional("name")?.parsed(Self.nameRule) { DisplayName($0) }.text
    publicKey = try body.optional("public_key")?.parsed("32 lower-case hexadecimal digits") {
      ProjectKey.isPublicKey($0) ? $0 : nil
    }
  }
}
