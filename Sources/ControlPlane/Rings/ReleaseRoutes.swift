package import Hummingbird
internal import HTTPTypes
internal import Outbox
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/gated/{kind}…`: items of a ring-gated kind, their revisions and rollouts.
package struct ReleaseRoutes: Sendable {
  /// Bytes of a request with a value of at most 64 KiB.
  private static let largest = 80 * 1024

  private let releases: Releases
  private let authentication: OperatorAuthentication

  package init(releases: Releases, authentication: OperatorAuthentication) {
    self.releases = releases
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/gated/{kind}") { request, context in
      _ = try await authentication.require(.readStatus, of: request)
      guard let kind = context.parameters.get("kind"), GatedItem(kind: kind, name: "x") != nil else {
        throw Problem.notFound("The kind")
      }
      return Response(json: try await releases.list(kind))
    }
    router.get("/api/v1/operator/gated/{kind}/{name}") { request, context in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await releases.document(try Self.item(context)))
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/revisions") { request, context in
      try await addRevision(request, context)
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/release") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("revision", "automatic")
      let rollout = try await releases.release(
        try Self.item(context), revision: try body.optional("revision")?.integer(in: 1...Int64.max),
        automatic: try body.optional("automatic")?.bool() ?? true, by: asking.id)
      return Response(json: Releases.json(rollout), status: .created)
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/promote") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("skip_soak")
      return Response(
        json: Releases.json(
          try await releases.promote(
            try Self.item(context), skipSoak: try body.optional("skip_soak")?.bool() ?? false, by: asking.id)))
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/halt") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("reason")
      let reason = try body.optional("reason")?.string(bytes: 0...500) ?? ""
      return Response(
        json: Releases.json(try await releases.halt(try Self.item(context), reason: reason, by: asking.id)))
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/resume") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      try await request.json(limit: 4096).only()
      return Response(json: Releases.json(try await releases.resume(try Self.item(context), by: asking.id)))
    }
    router.post("/api/v1/operator/gated/{kind}/{name}/rollback") { request, context in
      let asking = try await authentication.require(.manageReleases, of: request)
      try await request.json(limit: 4096).only()
      return Response(json: Releases.json(try await releases.rollback(try Self.item(context), by: asking.id)))
    }
  }

  private func addRevision(_ request: Request, _ context: WebContext) async throws -> Response {
    let asking = try await authentication.require(.manageReleases, of: request)
    let item = try Self.item(context)
    let body = try await request.json(limit: Self.largest)
    try body.only("value", "removed", "note")
    let isRemoval = try body.optional("removed")?.bool() ?? false
    let text: String?
    if isRemoval {
      guard try body.object()["value"] == nil else {
        throw Problem.badBody(try body.field("value").error(expected: "no value beside \"removed\""))
      }
      text = nil
    } else {
      let value = try body.field("value")
      let bytes = JSONWriter.write(value.value)
      guard bytes.count <= 48 * 1024, value.value != .null else {
        throw Problem.badBody(value.error(expected: "a JSON value other than null of at most 49152 bytes"))
      }
      text = String(decoding: bytes, as: UTF8.self)
    }
    let number = try await releases.add(
      item, value: text, note: try body.optional("note")?.string(bytes: 0...500) ?? "", by: asking.id)
    return Response(json: ["name": .string(item.name), "revision": .integer(number)], status: .created)
  }

  private static func item(_ context: WebContext) throws -> GatedItem {
    guard let kind = context.parameters.get("kind"), let name = context.parameters.get("name"),
      let item = GatedItem(kind: kind, name: name)
    else { throw Problem.notFound("The item") }
    return item
  }
}
