internal import FoundationEssentials
internal import HTTPTypes
package import Hummingbird
internal import Silo
internal import SyncProtocol
package import Web

/// The operator's routes about slugs and the operations that they began.
package struct SlugRoutes: Sendable {
  private let slugs: SlugDirectory
  private let directory: OrganizationDirectory
  private let authentication: OperatorAuthentication

  package init(slugs: SlugDirectory, directory: OrganizationDirectory, authentication: OperatorAuthentication) {
    self.slugs = slugs
    self.directory = directory
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/slugs") { request, _ in try await list(request) }
    router.get("/api/v1/operator/slugs/{name}") { request, context in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: Self.json(try await slugs.look(try Self.name(context))))
    }
    router.put("/api/v1/operator/slugs/{name}/reservation") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("reason")
      let name = try Self.name(context)
      try await slugs.reserve(name, reason: try body.optional("reason")?.string(bytes: 0...200) ?? "", by: asking.id)
      return Response(json: Self.json(try await slugs.look(name)))
    }
    router.delete("/api/v1/operator/slugs/{name}/reservation") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let name = try Self.name(context)
      try await slugs.unreserve(name, by: asking.id)
      return Response(json: Self.json(try await slugs.look(name)))
    }
    router.post("/api/v1/operator/slugs/{name}/free") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let name = try Self.name(context)
      try await slugs.free(name, by: asking.id)
      return Response(json: Self.json(try await slugs.look(name)))
    }
    addChanges(to: router)
  }

  private func addChanges(to router: Router<WebContext>) {
    router.post("/api/v1/operator/slugs/{name}/rename") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let key = try request.idempotencyKey()
      let body = try await request.json(limit: 4096)
      try body.only("to")
      let owner = try await slugs.owner(of: try Self.name(context))
      let operation = try await slugs.rename(
        owner, to: try body.field("to").string(), by: .operator(asking.id), idempotencyKey: key)
      return Response(json: operation.json)
    }
    router.post("/api/v1/operator/slugs/{name}/swap") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let key = try request.idempotencyKey()
      let body = try await request.json(limit: 4096)
      try body.only("with")
      let first = try await slugs.owner(of: try Self.name(context), inUse: true)
      let second = try await slugs.owner(of: try body.field("with").string(), inUse: true)
      return Response(
        json: try await slugs.swap(first, second, by: .operator(asking.id), idempotencyKey: key).json)
    }
    router.get("/api/v1/operator/operations/{id}") { request, context in
      let asking = try await authentication.require(.readStatus, of: request)
      guard let id = context.parameters.get("id").flatMap({ OperationID($0) }) else {
        throw ControlError(.operationUnknown)
      }
      return Response(json: try await directory.operation(id, of: .operator(asking.id)).json)
    }
    router.post("/api/v1/operator/operations/{id}/resume") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      guard let id = context.parameters.get("id").flatMap({ OperationID($0) }) else {
        throw ControlError(.operationUnknown)
      }
      return Response(json: try await directory.resume(id, of: .operator(asking.id)).json, status: .accepted)
    }
  }

  private func list(_ request: Request) async throws -> Response {
    _ = try await authentication.require(.readStatus, of: request)
    let lists = try await slugs.lists()
    return Response(json: [
      "resting": .array(lists.resting.map(\.json)), "reserved": .array(lists.reserved.map(Self.json)),
      "built_in": .array(OrganizationSlug.reserved.sorted().map { .string($0) }),
    ])
  }

  private static func name(_ context: WebContext) throws -> String {
    guard let name = context.parameters.get("name"), (1...63).contains(name.utf8.count) else {
      throw ControlError(.slugUnknown)
    }
    return name
  }

  private static func json(_ look: SlugDirectory.Look) -> JSONValue {
    let isReserved = look.reservation != nil || look.refusal != nil
    return [
      "slug": .string(look.slug),
      "state": .string(look.holding.map { $0.isResting ? "resting" : "current" } ?? (isReserved ? "reserved" : "free")),
      "refusal": .optional(look.refusal), "holding": look.holding?.json ?? .null,
      "reservation": look.reservation.map(json) ?? .null,
      "slugs": .array(look.others.map(\.json)),
    ]
  }

  private static func json(_ reservation: SlugStore.Reservation) -> JSONValue {
    [
      "slug": .string(reservation.slug), "reason": .string(reservation.reason),
      "reserved_by": .string(reservation.reservedBy), "reserved_at": .string(reservation.reserved.formatted(.iso8601)),
    ]
  }
}

extension SlugStore.Holding {
  var json: JSONValue {
    [
      "slug": .string(slug), "state": .string(isResting ? "resting" : "current"),
      "organization": .string(organization.description), "current": .string(current), "region": .string(region),
      "rests_until": .optional(restsUntil?.formatted(.iso8601)),
    ]
  }
}
