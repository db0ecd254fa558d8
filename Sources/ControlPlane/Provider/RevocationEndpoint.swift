internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Silo
internal import SyncProtocol
internal import Web

/// `/oauth/revoke`: a client gives a token back (RFC 7009). Everything of the same login at that client ends with it.
struct RevocationEndpoint: Sendable {
  let environment: ControlEnvironment
  let authentication: ClientAuthentication
  let origins: CrossOrigin
  let addresses: RequestRates

  func post(_ request: Request, _ context: WebContext) async throws -> Response {
    guard
      addresses.take(
        environment.network(of: request, context), now: environment.now().timeIntervalSince1970)
    else { return OAuthError(.temporarilyUnavailable, "Too many requests").response(isThrottled: true) }
    let form = try await request.form(limit: 16 * 1024)
    var client: ProviderClient?
    var response: Response
    do {
      let parameters = OAuthParameters(form)
      let known = try await authentication.client(of: request, parameters)
      client = known
      try await revoke(try parameters.required("token"), of: known)
      response = Response(status: .ok)
    } catch let error as OAuthError {
      response = error.response(usedBasic: ClientAuthentication.usesBasic(request))
    }
    return try await origins.marked(response, for: request, of: client)
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
