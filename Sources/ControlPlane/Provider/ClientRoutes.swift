internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

/// The operator's routes about OpenID clients: `/api/v1/operator/clients…` and `id-token-keys`.
struct ClientRoutes: Sendable {
  let clients: ClientService
  let idTokenKeys: IDTokenKeys
  let authentication: OperatorAuthentication

  func add(to router: Router<WebContext>) {
    let path: RouterPath = "/api/v1/operator/clients"
    router.get(path) { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: ["clients": .array(try await clients.all().map { .object(Self.json($0)) })])
    }
    router.post(path) { request, _ in try await create(request) }
    router.post("/api/v1/operator/clients/{id}/revoke") { request, context in
      let asking = try await authentication.require(.manageClients, of: request)
      let id = context.parameters.get("id") ?? ""
      try await clients.revoke(id, by: asking.id)
      return Response(json: ["id": .string(id), "state": "revoked"])
    }
    router.post("/api/v1/operator/clients/{id}/secrets") { request, context in
      let asking = try await authentication.require(.manageClients, of: request)
      let id = context.parameters.get("id") ?? ""
      let body = try await request.json(limit: 4096)
      try body.only("overlap_seconds")
      let overlap = try body.optional("overlap_seconds")?.integer(in: 0...1 << 31) ?? 86_400
      let made = try await clients.rotate(id, overlap: overlap, by: asking.id)
      return Response(
        json: [
          "id": .string(id), "client_secret": .string(made.secret),
          "old_secrets_end_at": .string(made.oldEnds.formatted(.iso8601)),
        ], status: .created)
    }
    router.post("/api/v1/operator/id-token-keys") { request, _ in
      let asking = try await authentication.require(.manageKeys, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("emergency")
      if try body.optional("emergency")?.bool() ?? false {
        try await idTokenKeys.replaceAll(by: asking.id)
        return Response(json: ["state": "replaced"], status: .accepted)
      }
      let isNew = try await idTokenKeys.announceNext(by: .operator(asking.id))
      return Response(json: ["state": isNew ? "announced" : "waiting"], status: .accepted)
    }
  }

  private func create(_ request: Request) async throws -> Response {
    let asking = try await authentication.require(.manageClients, of: request)
    let body = try await request.json(limit: 64 * 1024)
    try body.only(
      "name", "authentication", "redirect_uris", "logout_uris", "origins", "scopes", "keys", "trusted",
      "backchannel_logout_uri")
    let authentication = try body.field("authentication").parsed(
      "none, client_secret_basic, client_secret_post or private_key_jwt"
    ) { ClientStore.Method(rawValue: $0) }
    var draft = ClientService.Draft(
      name: try body.field("name").string(bytes: 1...200), authentication: authentication,
      redirectURIs: try Self.texts(body.field("redirect_uris")))
    if let uris = try body.optional("logout_uris") { draft.logoutURIs = try Self.texts(uris) }
    if let origins = try body.optional("origins") { draft.origins = try Self.texts(origins) }
    if let scopes = try body.optional("scopes") { draft.scopes = try Self.texts(scopes) }
    draft.keys = try body.optional("keys")?.value
    draft.backchannelLogoutURI = try body.optional("backchannel_logout_uri")?.string(bytes: 1...1024)
    draft.isTrusted = try body.optional("trusted")?.bool() ?? false
    let made = try await clients.create(draft, by: asking.id)
    var json = Self.json(made.client)
    if let secret = made.secret { json["client_secret"] = .string(secret) }
    return Response(json: .object(json), status: .created)
  }

  private static func texts(_ reader: JSONReader) throws(JSONError) -> [String] {
    var texts: [String] = []
    for element in try reader.array(maximum: 32) { texts.append(try element.string(bytes: 1...1024)) }
    return texts
  }

  private static func json(_ client: ClientStore.Client) -> JSONObject {
    func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
    return [
      "id": .string(client.id), "name": .string(client.name),
      "authentication": .string(client.authentication.rawValue), "redirect_uris": list(client.redirectURIs),
      "logout_uris": list(client.logoutURIs), "origins": list(client.origins), "scopes": list(client.scopes),
      "trusted": .bool(client.isTrusted), "created_at": .string(client.created.formatted(.iso8601)),
      "state": client.revoked == nil ? "active" : "revoked",
      "backchannel_logout_uri": .optional(client.backchannelLogoutURI),
    ]
  }
}
