package import Hummingbird
internal import HTTPTypes
internal import Outbox
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/rings…` and the ring of a region.
package struct RingRoutes: Sendable {
  private let rings: RingDirectory
  private let authentication: OperatorAuthentication

  package init(rings: RingDirectory, authentication: OperatorAuthentication) {
    self.rings = rings
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/rings") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await document())
    }
    router.put("/api/v1/operator/rings/{ring}") { request, context in try await put(request, context) }
    router.delete("/api/v1/operator/rings/{ring}") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      try await rings.remove(try Self.ring(context), by: asking.id)
      return Response(json: try await document())
    }
    router.put("/api/v1/operator/regions/{name}/ring") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("ring")
      let ring = try body.field("ring").parsed("a DNS label") { RingName($0) }
      guard let name = context.parameters.get("name"), let region = Self.region(name) else {
        throw Problem.notFound("The region")
      }
      try await rings.assign(region, to: ring, by: asking.id)
      return Response(json: ["region": .string(name), "ring": .string(ring.text)])
    }
  }

  private func put(_ request: Request, _ context: WebContext) async throws -> Response {
    let asking = try await authentication.require(.manageReleases, of: request)
    let body = try await request.json(limit: 4096)
    try body.only("place", "soak_seconds", "watch_seconds")
    let ring = try await rings.put(
      try Self.ring(context), place: try body.optional("place").map { Int(try $0.integer(in: 0...1_000_000)) },
      soakSeconds: try body.optional("soak_seconds")?.integer(in: 0...2_678_400),
      watchSeconds: try body.optional("watch_seconds")?.integer(in: 0...2_678_400), by: asking.id)
    return Response(json: Self.json(ring, regions: nil))
  }

  private func document() async throws -> JSONValue {
    let (all, assignments) = try await rings.all()
    return [
      "rings": .array(
        all.map { ring in Self.json(ring, regions: assignments.filter { $0.ring == ring.name }.map(\.name)) })
    ]
  }

  private static func json(_ ring: RingStore.Ring, regions: [RegionName]?) -> JSONValue {
    var json: JSONObject = [
      "ring": .string(ring.name.text), "place": .integer(ring.place), "soak_seconds": .integer(ring.soakSeconds),
      "watch_seconds": .integer(ring.watchSeconds),
    ]
    if let regions { json["regions"] = .array(regions.map { .string($0.text) }) }
    return .object(json)
  }

  private static func ring(_ context: WebContext) throws -> RingName {
    guard let ring = context.parameters.get("ring").flatMap({ RingName($0) }) else {
      throw Problem.notFound("The ring")
    }
    return ring
  }

  private static func region(_ text: String) -> RegionName? {
    do { return try RegionName(text) } catch { return nil }
  }
}
