internal import FoundationEssentials
package import Hummingbird
internal import Silo
internal import SyncProtocol
package import Web

/// The operator's routes that change the registry at run time: regions, localities and the default region.
package struct RegionChangeRoutes: Sendable {
  private let registry: RegionRegistry
  private let authentication: OperatorAuthentication

  package init(registry: RegionRegistry, authentication: OperatorAuthentication) {
    self.registry = registry
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.patch("/api/v1/operator/regions/{name}") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let name = try Self.name(context, "The region")
      let body = try await request.json(limit: 8192)
      let changed = try await registry.change(name, try Self.change(body), by: asking.id)
      return Response(json: .object(changed.json))
    }
    router.get("/api/v1/operator/localities") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: ["localities": .array(try await registry.localities().map(Self.json))])
    }
    router.patch("/api/v1/operator/localities/{name}") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let name = try Self.name(context, "The locality")
      let body = try await request.json(limit: 4096)
      try body.only("label", "visible")
      let changed = try await registry.changeLocality(
        name, label: try body.optional("label")?.parsed("1 to 200 bytes") { DisplayName($0) },
        isVisible: try body.optional("visible")?.bool(), by: asking.id)
      return Response(json: Self.json(changed))
    }
    router.get("/api/v1/operator/default-region") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await defaultRegion())
    }
    router.put("/api/v1/operator/default-region") { request, _ in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("region")
      let name = try body.field("region").parsed("a region's name") { RegionName.parsed($0) }
      try await registry.setDefaultRegion(name, by: asking.id)
      return Response(json: try await defaultRegion())
    }
    router.delete("/api/v1/operator/default-region") { request, _ in
      let asking = try await authentication.require(.manageRegions, of: request)
      try await registry.clearDefaultRegion(by: asking.id)
      return Response(json: try await defaultRegion())
    }
  }

  /// Days over which what relies on the default region is added up.
  private static let days = 30

  private func defaultRegion() async throws -> JSONValue {
    let (region, uses) = try await registry.defaultRegion(days: Self.days)
    return [
      "region": .optional(region?.name.text), "days": .integer(Self.days),
      "requests": .integer(uses.reduce(0) { $0 + $1.requests }),
      "uses": .array(
        uses.map { use in
          [
            "pattern": .string(use.pattern), "requests": .integer(use.requests),
            "last": .string(use.last.formatted(.iso8601)),
          ]
        }),
    ]
  }

  private static func change(_ body: JSONReader) throws -> RegionChange {
    try body.only(
      "locality", "category", "url", "requires_approval", "visible", "accepts_organizations", "gateway",
      "protocol_min", "protocol_max")
    var change = RegionChange()
    change.locality = try body.optional("locality")?.parsed("a DNS label") { RegionName.parsed($0) }
    change.category = try body.optional("category")?.parsed("multi_tenant, single_tenant or customer_hosted") {
      RegionCategory(rawValue: $0)
    }
    change.url = try body.optional("url")?.string(bytes: 1...2048)
    change.requiresApproval = try body.optional("requires_approval")?.bool()
    change.isVisible = try body.optional("visible")?.bool()
    change.acceptsOrganizations = try body.optional("accepts_organizations")?.bool()
    change.gateway = try body.optional("gateway")?.parsed("allowed, redirect or refused") {
      GatewayPolicy(rawValue: $0)
    }
    change.protocolMinimum = try bound("protocol_min", of: body)
    change.protocolMaximum = try bound("protocol_max", of: body)
    return change
  }

  /// 0 takes the bound away.
  private static func bound(_ name: String, of body: JSONReader) throws -> Int?? {
    guard let number = try body.optional(name)?.integer(in: 0...1000) else { return nil }
    return .some(number == 0 ? nil : Int(number))
  }

  private static func name(_ context: WebContext, _ what: String) throws -> RegionName {
    guard let name = context.parameters.get("name").flatMap({ RegionName.parsed($0) }) else {
      throw Problem.notFound(what)
    }
    return name
  }

  private static func json(_ locality: LocalityStore.Locality) -> JSONValue {
    [
      "name": .string(locality.name), "label": .string(locality.label), "visible": .bool(locality.isVisible),
      "regions": .integer(locality.regions),
    ]
  }
}
