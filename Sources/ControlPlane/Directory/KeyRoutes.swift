internal import FoundationEssentials
package import Hummingbird
internal import Silo
internal import SyncProtocol
package import Web

/// The operator's routes about project keys.
package struct KeyRoutes: Sendable {
  private let keys: KeyDirectory
  private let authentication: OperatorAuthentication

  package init(keys: KeyDirectory, authentication: OperatorAuthentication) {
    self.keys = keys
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/project-keys/{name}") { request, context in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: Self.json(try await keys.look(context.parameters.get("name") ?? "")))
    }
    router.post("/api/v1/operator/project-keys/{name}/release") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      return Response(json: Self.json(try await keys.release(context.parameters.get("name") ?? "", by: asking.id)))
    }
    router.post("/api/v1/operator/project-keys/{name}/move") { request, context in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("organization")
      let organization = try body.field("organization").parsed("an organization's id") { OrganizationID($0) }
      let moved = try await keys.move(context.parameters.get("name") ?? "", to: organization, by: asking.id)
      return Response(json: Self.json(moved))
    }
  }

  private static func json(_ look: KeyDirectory.Look) -> JSONValue {
    [
      "public_key": .string(look.publicKey), "owner": look.owner.map(json) ?? .null,
      "claimants": .array(
        look.claimants.map { claimant in
          [
            "organization": .optional(claimant.organization?.description),
            "region_number": .integer(Int(claimant.region)),
            "since": .string(claimant.since.formatted(.iso8601)),
          ]
        }),
    ]
  }

  private static func json(_ owner: KeyStore.Owner) -> JSONValue {
    [
      "organization": .string(owner.organization.description), "slug": .string(owner.slug),
      "region": .string(owner.region), "project": .optional(owner.project?.uuidString.lowercased()),
      "status": .optional(owner.status), "claimed_at": .string(owner.claimed.formatted(.iso8601)),
    ]
  }
}
