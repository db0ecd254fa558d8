internal import Crypto
internal import FoundationEssentials
internal import Outbox
internal import Silo

/// A refresh token for the next one (RFC 9700 §4.14): each is good once, and one that comes again ends its family.
///
/// The successor is computed from the token and a key that is not in the database, so a client whose answer was lost may ask again for a few seconds
/// and gets the same successor: there is never more than one unused token in a family. See docs/decisions/0117.
struct RefreshExchange: Sendable {
  let environment: ControlEnvironment
  let mint: TokenMint
  private let key: SymmetricKey

  init(environment: ControlEnvironment, mint: TokenMint) {
    self.environment = environment
    self.mint = mint
    key = SymmetricKey(data: environment.secretKey.derived(for: "provider.refresh-successor"))
  }

  /// - Throws: ``OAuthError``, ``ControlError/Code/reconciling``
  func exchange(
    _ token: String, scope: String?, resource: String?, for client: ProviderClient
  ) async throws -> TokenAnswer {
    guard TokenFormat.refreshToken.recognizes(token) else { throw Self.refused }
    let digest = TokenFormat.digest(of: token)
    // The end of a family is committed, so it returns nothing instead of throwing.
    let answer = try await environment.write { control -> TokenAnswer? in
      let now = environment.now()
      // The family's lock first: two exchanges of one family follow each other.
      guard let id = try await RefreshTokenStore.family(digest, on: control),
        let family = try await AuthorizationStore.lock(id, now: now, on: control), family.party == client.party,
        let known = try await RefreshTokenStore.find(digest, on: control)
      else { throw Self.refused }
      guard !family.isRevoked, family.isLive, now < known.expires else { throw Self.refused }
      if known.used != nil, !isRepeat(known, now: now) {
        try await end(family, at: now, on: control)
        return nil
      }
      let order = TokenMint.Order(
        family: family, client: client, scopes: try Self.narrowed(scope, family: family), resource: resource, nonce: nil
      )
      let next = successor(of: token)
      if known.used == nil {
        let expires = min(family.sessionExpires, environment.after(environment.limits.provider.refreshIdle))
        let nextDigest = TokenFormat.digest(of: next)
        try await RefreshTokenStore.insert(nextDigest, of: family.id, at: now, expires: expires, on: control)
        try await RefreshTokenStore.use(digest, successor: nextDigest, at: now, on: control)
      }
      return try await mint.tokens(order, refreshToken: next, on: control)
    }
    guard let answer else { throw Self.refused }
    return answer
  }

  /// Whether a used token may be shown again: just used, and nobody has gone on with what it was changed for.
  private func isRepeat(_ token: RefreshTokenStore.Token, now: Date) -> Bool {
    guard let used = token.used, token.isSuccessorUnused else { return false }
    return now.timeIntervalSince(used) <= Double(environment.limits.provider.refreshGrace)
  }

  private func successor(of token: String) -> String {
    TokenFormat.refreshToken.mint(
      random: Array(HMAC<SHA256>.authenticationCode(for: Array(token.utf8), using: key)))
  }

  /// A token that was used before and comes again is in two hands: nobody knows whose is the right one, so both end.
  private func end(
    _ family: AuthorizationStore.Authorization, at now: Date, on control: ControlConnection
  ) async throws {
    guard try await AuthorizationStore.revoke(family.id, .refreshReuse, at: now, on: control) else { return }
    try await AuditStore.append(
      .system, "oauth.refresh_reuse", family.id.description, isAlarm: true, on: control)
  }

  /// The scopes asked for, which may be fewer than the family's (RFC 6749 §6).
  private static func narrowed(
    _ text: String?, family: AuthorizationStore.Authorization
  ) throws(OAuthError) -> [ProviderScope] {
    let all = family.scopes.compactMap { ProviderScope(rawValue: $0) }
    guard let text else { return all }
    let asked = Set(text.split(separator: " ").map(String.init))
    guard asked.isSubset(of: family.scopes), asked.contains("openid") else {
      throw OAuthError(.invalidScope, "The scope is not one that was granted")
    }
    return all.filter { asked.contains($0.rawValue) }
  }

  private static let refused = OAuthError(.invalidGrant, "The refresh token is not valid")
}
