internal import Crypto
internal import FoundationEssentials
internal import Outbox
internal import Silo

/// A code for tokens: once, within its minute, by the client it was given to, with the redirect URI it was sent to and the verifier of its challenge.
struct CodeExchange: Sendable {
  let environment: ControlEnvironment
  let mint: TokenMint

  /// - Throws: ``OAuthError``, ``ControlError/Code/reconciling``
  func exchange(
    code: String, redirectURI: String, verifier: String, resource: String?, for client: ProviderClient
  ) async throws -> TokenAnswer {
    guard TokenFormat.authorizationCode.recognizes(code) else { throw Self.refused }
    guard Self.isVerifier(verifier) else {
      throw OAuthError(.invalidGrant, "The code_verifier has 43 to 128 unreserved characters")
    }
    let challenge = Array(SHA256.hash(data: Array(verifier.utf8)))
    // The end of a family is committed, so it returns nothing instead of throwing.
    let answer = try await environment.write { control -> TokenAnswer? in
      let now = environment.now()
      guard
        let family = try await AuthorizationStore.lock(code: TokenFormat.digest(of: code), now: now, on: control),
        family.party == client.party
      else { throw Self.refused }
      guard !family.isCodeUsed else {
        try await end(family, at: now, on: control)
        return nil
      }
      guard !family.isRevoked, family.isLive, now < family.codeExpires,
        family.redirectURI.utf8.elementsEqual(redirectURI.utf8), equalInConstantTime(family.challenge, challenge)
      else { throw Self.refused }
      try await AuthorizationStore.useCode(family.id, at: now, on: control)
      let order = TokenMint.Order(
        family: family, client: client, scopes: family.scopes.compactMap { ProviderScope(rawValue: $0) },
        resource: resource, nonce: family.nonce)
      return try await mint.tokens(
        order, refreshToken: try await refreshToken(order, at: now, on: control), on: control)
    }
    guard let answer else { throw Self.refused }
    return answer
  }

  /// The first refresh token of a family, if the person let the client stay.
  private func refreshToken(
    _ order: TokenMint.Order, at now: Date, on control: ControlConnection
  ) async throws -> String? {
    guard order.client.region == nil, order.scopes.contains(.offlineAccess) else { return nil }
    let token = TokenFormat.refreshToken.mint()
    let expires = min(order.family.sessionExpires, environment.after(environment.limits.provider.refreshIdle))
    try await RefreshTokenStore.insert(
      TokenFormat.digest(of: token), of: order.family.id, at: now, expires: expires, on: control)
    return token
  }

  private static let refused = OAuthError(.invalidGrant, "The code is not valid for this client and request")

  /// A code that comes twice was seen by somebody else: everything issued from it ends (RFC 6749 §4.1.2).
  private func end(
    _ family: AuthorizationStore.Authorization, at now: Date, on control: ControlConnection
  ) async throws {
    guard try await AuthorizationStore.revoke(family.id, .codeReuse, at: now, on: control) else { return }
    try await AuditStore.append(
      .system, "oauth.code_reuse", family.id.description, isAlarm: true, on: control)
  }

  private static func isVerifier(_ text: String) -> Bool {
    (43...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~".utf8.contains(byte)
        }
      }
  }
}
