internal import FoundationEssentials
internal import Outbox
internal import Silo

/// Gives codes for logged-in people to clients.
struct AuthorizationIssuer: Sendable {
  let environment: ControlEnvironment

  /// Opens a family with its code, and returns what the redirection carries.
  ///
  /// - Parameter consenting: whether the person has just agreed to the scopes.
  /// - Throws: ``ControlError/Code/reconciling``
  func issue(
    _ request: AuthorizationRequest, _ session: SessionStore.Session, consenting: Bool
  ) async throws -> [(String, String)] {
    let code = TokenFormat.authorizationCode.mint()
    let limits = environment.limits.provider
    let now = environment.now()
    let expires =
      request.scopes.contains(.offlineAccess) || request.client.wantsLogouts
      ? session.expires
      : environment.after(limits.codeLifetime + AccessToken.longestLifetime + 2 * AccessToken.clockTolerance)
    let scopes = request.scopes.map(\.rawValue)
    let opening = AuthorizationStore.Opening(
      id: environment.identifiers.next(), party: request.client.party, user: session.user, session: session.id,
      epoch: session.epoch, scopes: scopes, nonce: request.nonce, codeDigest: TokenFormat.digest(of: code),
      redirectURI: request.redirectURI, challenge: request.challenge,
      codeExpires: environment.after(limits.codeLifetime), expires: expires)
    let position = try await environment.write { control -> LoginPosition? in
      if let region = request.client.region { try await GrantGate.require(.token(region.number), on: control) }
      if consenting {
        try await ConsentStore.add(scopes, of: session.user, client: request.client.id, at: now, on: control)
        try await AuditStore.append(.user(session.user), "oauth.consent", request.client.id, on: control)
      }
      try await AuthorizationStore.insert(opening, on: control)
      try await AuditStore.append(.user(session.user), "oauth.authorize", request.client.id, on: control)
      return request.client.region == nil ? nil : try await AuthorizationStore.position(on: control)
    }
    return [("code", code)] + (position.map { [("atoll_sync", $0.description)] } ?? [])
  }
}
