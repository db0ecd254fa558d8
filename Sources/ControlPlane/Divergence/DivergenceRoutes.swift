internal import FoundationEssentials
package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/regions/{name}/comparisons`, `comparisons/{id}` and `incidents`.
package struct DivergenceRoutes: Sendable {
  private let divergence: DivergenceService
  private let authentication: OperatorAuthentication

  package init(divergence: DivergenceService, authentication: OperatorAuthentication) {
    self.divergence = divergence
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/operator/regions/{name}/comparisons") { request, context in
      try await start(request, name: context.parameters.get("name"))
    }
    router.get("/api/v1/operator/comparisons/{id}") { request, context in
      _ = try await authentication.require(.readStatus, of: request)
      guard let id = context.parameters.get("id").flatMap({ UUID(uuidString: $0) }),
        let document = try await divergence.document(id)
      else { throw Problem.notFound("The comparison") }
      return Response(json: document)
    }
    router.get("/api/v1/operator/incidents") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await divergence.incidents())
    }
  }

  /// Looking costs both sides reads, and mending writes: neither is an auditor's.
  private func start(_ request: Request, name: String?) async throws -> Response {
    let asking = try await authentication.require(.manageRegions, of: request)
    let body = try await request.json(limit: 4096)
    try body.only("kinds", "repair")
    let kinds = try body.optional("kinds")?.array(maximum: 64).map { try $0.string(bytes: 1...63) } ?? []
    let repairs = try body.optional("repair")?.bool() ?? false
    guard let name, let region = Self.region(name) else { throw Problem.notFound("The region") }
    let id = try await divergence.start(region, kinds: kinds, repairs: repairs, by: asking.id)
    return Response(json: ["id": .string(id.uuidString.lowercased())], status: .accepted)
  }

  private static func region(_ text: String) -> RegionName? {
    do { return try RegionName(text) } catch { return nil }
  }
}
