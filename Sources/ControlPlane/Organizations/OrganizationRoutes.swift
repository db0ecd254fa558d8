package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/organizations`, `operations`, `regions` and `invitations/accept`.
package struct OrganizationRoutes: Sendable {
  private let directory: OrganizationDirectory
  private let slugs: SlugDirectory
  private let acceptance: InvitationAcceptance
  private let registry: RegionRegistry
  private let authentication: Authentication

  package init(
    directory: OrganizationDirectory, slugs: SlugDirectory, acceptance: InvitationAcceptance,
    registry: RegionRegistry, authentication: Authentication
  ) {
    self.directory = directory
    self.slugs = slugs
    self.acceptance = acceptance
    self.registry = registry
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/regions") { request, _ in try await regions(request) }
    router.get("/api/v1/organizations") { request, _ in try await list(request) }
    router.post("/api/v1/organizations") { request, _ in try await create(request) }
    router.post("/api/v1/organizations/{id}/slug") { request, context in
      try await rename(request, id: context.parameters.get("id"))
    }
    router.post("/api/v1/organizations/{id}/slug/swap") { request, context in
      try await swap(request, id: context.parameters.get("id"))
    }
    router.get("/api/v1/organizations/{id}/slugs") { request, context in
      let session = try await authentication.session(of: request)
      let slugs = try await slugs.slugs(of: try Self.organization(context.parameters.get("id")), for: session.user)
      return Response(json: ["slugs": .array(slugs.map(\.json))])
    }
    router.get("/api/v1/operations/{id}") { request, context in
      let session = try await authentication.session(of: request)
      let id = try Self.operation(context.parameters.get("id"))
      return Response(json: try await directory.operation(id, of: .user(session.user)).json)
    }
    router.post("/api/v1/operations/{id}/resume") { request, context in
      let session = try await authentication.session(of: request)
      let id = try Self.operation(context.parameters.get("id"))
      return Response(json: try await directory.resume(id, of: .user(session.user)).json, status: .accepted)
    }
    router.post("/api/v1/invitations/accept") { request, _ in try await accept(request) }
  }

  private func regions(_ request: Request) async throws -> Response {
    _ = try await authentication.session(of: request)
    let regions = try await registry.open().map { region -> JSONValue in
      [
        "name": .string(region.name.text), "locality": .string(region.locality), "url": .string(region.url),
        "category": .string(region.category.rawValue),
      ]
    }
    return Response(json: ["regions": .array(regions)])
  }

  private func list(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let memberships = try await directory.memberships(of: session.user).map { membership -> JSONValue in
      [
        "id": .string(membership.organization.description), "slug": .string(membership.slug),
        "name": .string(membership.name), "state": .string(membership.state), "role": .string(membership.role),
        "region": .string(membership.region), "region_url": .string(membership.url),
      ]
    }
    return Response(json: ["organizations": .array(memberships)])
  }

  private func create(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let key = try request.idempotencyKey()
    let body = try await request.json(limit: 8192)
    try body.only("slug", "name", "region")
    let slug = try body.field("slug").string()
    let creation = try OrganizationDirectory.Creation(
      slug: slug, name: try body.optional("name")?.string() ?? slug, region: try body.field("region").string())
    let operation = try await directory.create(creation, by: session.user, idempotencyKey: key)
    var headers = HTTPFields()
    headers[.location] = "/api/v1/operations/\(operation.id)"
    return Response(json: operation.json, status: .accepted, headers: headers)
  }

  private func rename(_ request: Request, id: String?) async throws -> Response {
    let session = try await authentication.session(of: request)
    let organization = try Self.organization(id)
    let key = try request.idempotencyKey()
    let body = try await request.json(limit: 4096)
    try body.only("slug")
    let operation = try await slugs.rename(
      organization, to: try body.field("slug").string(), by: .user(session.user), idempotencyKey: key)
    return Response(json: Self.changed(operation))
  }

  private func swap(_ request: Request, id: String?) async throws -> Response {
    let session = try await authentication.session(of: request)
    let organization = try Self.organization(id)
    let key = try request.idempotencyKey()
    let body = try await request.json(limit: 4096)
    try body.only("organization")
    let other = try Self.organization(try body.field("organization").string())
    let operation = try await slugs.swap(
      organization, other, by: .user(session.user), idempotencyKey: key)
    return Response(json: Self.changed(operation))
  }

  /// The organization under its new slug, and the operation that ends when its region has it.
  private static func changed(_ operation: OperationStore.Operation) -> JSONValue {
    [
      "id": .string(operation.organization.description), "slug": .string(operation.slug),
      "operation": [
        "id": .string(operation.id.description), "kind": .string(operation.kind.rawValue),
        "state": .string(operation.state),
      ],
    ]
  }

  private static func organization(_ text: String?) throws -> OrganizationID {
    guard let organization = text.flatMap({ OrganizationID($0) }) else { throw ControlError(.organizationUnknown) }
    return organization
  }

  private func accept(_ request: Request) async throws -> Response {
    let session = try await authentication.session(of: request)
    let body = try await request.json(limit: 4096)
    try body.only("token")
    let accepted = try await acceptance.accept(token: try body.field("token").string(), user: session.user)
    return Response(json: [
      "organization": ["id": .string(accepted.home.id.description), "slug": .string(accepted.home.slug)],
      "role": .string(accepted.role.rawValue), "region": .string(accepted.home.regionName.text),
      "region_url": .string(accepted.home.regionURL),
    ])
  }

  private static func operation(_ text: String?) throws -> OperationID {
    guard let id = text.flatMap({ OperationID($0) }) else { throw ControlError(.operationUnknown) }
    return id
  }
}

extension HTTPField.Name {
  /// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
  static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .via
}
