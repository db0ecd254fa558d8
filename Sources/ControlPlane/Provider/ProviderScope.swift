internal import Silo

/// What a client may ask for.
package enum ProviderScope: String, Sendable, Hashable, CaseIterable {
  case openid
  case profile
  case email
  /// Refresh tokens, as long as the session lasts.
  case offlineAccess = "offline_access"
  /// Access tokens for regions, in the person's name.
  case region

  /// What a person is asked to agree to.
  package var sentence: String {
    switch self {
    case .openid: "Know that you are the same person when you come back"
    case .profile: "See your name"
    case .email: "See your e-mail address"
    case .offlineAccess: "Stay connected until you log out here"
    case .region: "Act for you in your organizations, in every region"
    }
  }

  /// What a region may ask for: what its residency tier lets it hold anyway.
  static func allowed(_ tier: ResidencyTier) -> Set<ProviderScope> {
    var scopes: Set<ProviderScope> = [.openid]
    if tier.includesName { scopes.insert(.profile) }
    if tier.includesEmail { scopes.insert(.email) }
    return scopes
  }

  /// The scopes of a request that are known and allowed, in the order of the cases. Others are left out, as OpenID Connect Core §3.1.2.1 says.
  /// - Throws: ``OAuthError/Code/invalidScope`` without `openid`.
  static func granted(_ text: String, of allowed: Set<ProviderScope>) throws(OAuthError) -> [ProviderScope] {
    let asked = Set(text.split(separator: " ").compactMap { ProviderScope(rawValue: String($0)) })
    guard asked.contains(.openid) else { throw OAuthError(.invalidScope, "The scope must contain openid") }
    return allCases.filter { asked.contains($0) && allowed.contains($0) }
  }

  /// The scopes as one parameter.
  static func text(_ scopes: [ProviderScope]) -> String { scopes.map(\.rawValue).joined(separator: " ") }
}
