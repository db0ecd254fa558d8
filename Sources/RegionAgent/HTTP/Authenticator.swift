internal import struct FoundationEssentials.Date

package import Silo
internal import Web

/// Says whom a request's credential names. Never what they may do: see ``Access``.
package struct Authenticator: Sendable {
  let region: RegionName
  private let now: @Sendable () -> Int64
  private let used: UseRecorder?

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - used: is told of sessions and API tokens that were used.
  package init(
    region: RegionName, now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) },
    used: UseRecorder? = nil
  ) {
    self.region = region
    self.now = now
    self.used = used
  }

  /// - Throws: 401 without a valid credential; 503 while no signing key has arrived.
  package func caller(
    of presented: PresentedCredential, by records: some AccessRecords
  ) async throws -> Caller {
    let now = now()
    switch presented {
    case .accessToken(let text):
      let token = try await records.accessToken(text, region: region, now: now)
      return Caller(user: token.user, organization: token.organization, epoch: token.epoch)
    case .apiToken(let digest, let named):
      guard named == region, let token = try await records.apiToken(digest) else { throw Problem.unauthenticated }
      let caller = try token.caller(now: now)
      used?.note(token: token.id, at: now)
      return caller
    case .session(let digest):
      guard let session = try await records.session(digest) else { throw Problem.unauthenticated }
      let caller = try session.caller(now: now)
      if now - session.seen >= SessionLimits.precision { used?.note(session: session.id) }
      return caller
    }
  }
}
