internal import FoundationEssentials
internal import Hummingbird
internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// `/oauth/revoke`: a client gives a token back (RFC 7009). Everything of the same login at that client ends with it.
struct RevocationEndpoint: Sendable {
  let environment: ControlEnvironment
  let endpoint: ClientEndpoint

  func post(_ request: Request, _ context: WebContext) async throws -> Response {
    try await endpoint.answer(request, context) { client, parameters in
      try await revoke(try parameters.required("token"), of: client)
      return Response(status: .ok)
    }
  }

  /// Nothing happens for a token that is unknown, over or another client's; the answer is the same.
  private func revoke(_ token: String, of client: ProviderClient) async throws {
    let now = environment.now()
    try await environment.write { control in
      let id: AuthorizationID?
      if TokenFormat.refreshToken.recognizes(token) {
        id = try await RefreshTokenStore.family(TokenFormat.digest(of: token), on: control)
      } else {
        id = try await family(ofAccessToken: token, on: control)
      }
      guard let id, let family = try await AuthorizationStore.lock(id, now: now, on: control),
        family.party == client.party, try await AuthorizationStore.revoke(id, .client, at: now, on: control)
      else { return }
      try await AuditStore.append(.user(family.user), "oauth.revoke", client.id, on: control)
    }
  }

  private func family(
    ofAccessToken text: String, on control: ControlConnection
  ) async throws -> AuthorizationID? {
    let keys = try await TokenKeyStore.usable(on: control)
    do {
      return try UserInfoToken.verify(text, keys: keys, site: environment.site, now: environment.seconds).authorization
    } catch { return nil }
  }
}
