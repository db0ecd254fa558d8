package import struct FoundationEssentials.UUID
internal import Outbox
package import Silo
internal import Web

/// Where decisions about access read: the region's database, or a copy of it that knows when it changed.
package protocol AccessRecords {
  /// What a valid access token says.
  /// - Throws: 401 ``Problem`` for an invalid one; 503 while no signing key has arrived.
  func accessToken(_ text: String, region: RegionName, now: Int64) async throws -> AccessToken
  /// Whether a session at control, or a family of tokens, on which an access token rests, is known to have ended.
  func hasEnded(_ basis: UUID) async throws -> Bool
  func session(_ digest: [UInt8]) async throws -> StoredSession?
  func apiToken(_ digest: [UInt8]) async throws -> StoredAPIToken?
  func facts(user: UserID, organization: OrganizationReference) async throws -> AccessFacts
}

/// The database itself, in the caller's transaction.
package struct DatabaseRecords: AccessRecords {
  private let connection: RegionConnection

  package init(_ connection: RegionConnection) { self.connection = connection }

  package func accessToken(_ text: String, region: RegionName, now: Int64) async throws -> AccessToken {
    let keys = try await TokenKeyStore.usable(on: connection)
    return try Self.verify(text, by: keys, region: region, now: now)
  }

  package func hasEnded(_ basis: UUID) async throws -> Bool {
    try await CredentialStore.hasEnded(basis, on: connection)
  }

  package func session(_ digest: [UInt8]) async throws -> StoredSession? {
    try await CredentialStore.session(digest, on: connection)
  }

  package func apiToken(_ digest: [UInt8]) async throws -> StoredAPIToken? {
    try await CredentialStore.apiToken(digest, on: connection)
  }

  package func facts(user: UserID, organization: OrganizationReference) async throws -> AccessFacts {
    try await AccessStore.facts(user: user, organization: organization, on: connection)
  }

  static func verify(
    _ text: String, by keys: [TokenVerificationKey], region: RegionName, now: Int64
  ) throws(Problem) -> AccessToken {
    guard !keys.isEmpty else {
      throw .unavailable("This region has not heard from control yet.", retryAfter: Access.retryAfterSeconds)
    }
    do { return try AccessTokenVerifier(region: region, keys: keys).verify(text, now: now) } catch {
      throw .unauthenticated
    }
  }
}
