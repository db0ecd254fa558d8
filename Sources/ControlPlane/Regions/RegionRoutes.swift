internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// The operator's routes about regions: `/api/v1/operator/regions…` and `status`.
package struct RegionRoutes: Sendable {
  private let registry: RegionRegistry
  private let status: StatusView
  private let authentication: OperatorAuthentication

  package init(registry: RegionRegistry, status: StatusView, authentication: OperatorAuthentication) {
    self.registry = registry
    self.status = status
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/regions") { request, _ in try await list(request) }
    router.post("/api/v1/operator/regions") { request, _ in try await create(request) }
    router.get("/api/v1/operator/status") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await status.document())
    }
    router.post("/api/v1/operator/regions/{name}/join-tokens") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let made = try await registry.joinToken(for: try name(context), by: asking.id)
      return Response(
        json: [
          "token": .string(made.token), "expires_at": .string(made.expires.formatted(.iso8601)),
          "pin": .string(made.pin),
        ], status: .created)
    }
    router.post("/api/v1/operator/regions/{name}/approve") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("fingerprint")
      try await registry.approve(
        try name(context), fingerprint: try body.optional("fingerprint")?.string(bytes: 1...128), by: asking.id)
      return Response(json: ["state": "active"])
    }
    router.post("/api/v1/operator/regions/{name}/revoke") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      try await registry.revoke(try name(context), by: asking.id)
      return Response(json: ["state": "revoked"])
    }
  }

  private func list(_ request: Request) async throws -> Response {
    _ = try await authentication.require(.readStatus, of: request)
    let states = try await registry.states()
    let regions = try await registry.all().map { region -> JSONValue in
      var json = region.json
      json["sync"] = .string((states[region.number] ?? .joining).rawValue)
      return .object(json)
    }
    return Response(json: ["regions": .array(regions)])
  }

  private func create(_ request: Request) async throws -> Response {
    let asking = try await authentication.require(.manageRegions, of: request)
    let body = try await request.json(limit: 8192)
    try body.only("name", "locality", "category", "residency_tier", "url", "requires_approval", "number")
    let name = try body.field("name").parsed("a DNS label") { text in RegionName.parsed(text) }
    let category = try body.optional("category")?.parsed("multi_tenant, single_tenant or customer_hosted") {
      RegionCategory(rawValue: $0)
    }
    let tier = try body.optional("residency_tier")?.parsed("full, name or minimal") { ResidencyTier(rawValue: $0) }
    let description = RegionStore.Description(
      name: name, locality: try body.optional("locality")?.parsed("a DNS label") { RegionName.parsed($0) } ?? name,
      category: category ?? .multiTenant, tier: tier ?? .full, url: try body.field("url").string(bytes: 1...2048),
      requiresApproval: try body.optional("requires_approval")?.bool(),
      number: try body.optional("number").flatMap { RegionNumber(Int(try $0.integer(in: 1...4095))) })
    let created = try await registry.create(description, by: asking.id)
    return Response(json: .object(created.json), status: .created)
  }

  private func name(_ context: WebContext) throws -> RegionName {
    guard let name = context.parameters.get("name").flatMap({ RegionName.parsed($0) }) else {
      throw Problem.notFound("The region")
    }
    return name
  }
}
