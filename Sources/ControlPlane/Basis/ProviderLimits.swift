/// The bounds of the OpenID provider: times in seconds.
package struct ProviderLimits: Sendable, Hashable {
  /// A code is good for this long (RFC 6749 §4.1.2: ten minutes at most; a browser needs one).
  package var codeLifetime: Int64 = 60
  /// A refresh token that nobody uses ends after this long; all end with the session.
  package var refreshIdle: Int64 = 14 * 86_400
  /// A refresh token shown again within this long gets the same answer once more, while the token of that answer is unused: a lost answer must not
  /// end a login.
  package var refreshGrace: Int64 = 10
  /// How long a key of ID tokens is published before it signs: longer than anybody keeps the key set.
  package var keyAhead: Int64 = 86_400
  /// How long caches may keep the key set.
  package var keySetAge: Int64 = 3600
  /// How long a key signs before the next one is made.
  package var keyAge: Int64 = 90 * 86_400
  /// Third-party clients that are not revoked.
  package var clients: Int64 = 1000
  /// How long a rotated secret goes on, at most.
  package var longestSecretOverlap: Int64 = 7 * 86_400
  /// Requests of one client at the token endpoint in a second, over longer times, and at once; the same of one address.
  package var tokenRate = 50.0
  package var tokenBurst = 500.0
  /// Authorizations of one session in a second, over longer times, and at once.
  package var authorizeRate = 1.0
  package var authorizeBurst = 60.0
  /// Clients, addresses and sessions of which rates are kept.
  package var rateKeys = 8192

  package init() {}
}
