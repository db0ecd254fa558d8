internal import struct FoundationEssentials.Date

package import Silo
package import Web

/// Says whom a request's credential names. Never what they may do: see ``Access``.
package struct Authenticator: Sendable {
  let region: RegionName
  private let now: @Sendable () -> Int64
  private let used: UseRecorder?
  private let behind: @Sendable () -> Void

  /// - Parameters:
  ///   - now: seconds since 1970.
  ///   - used: is told of sessions and API tokens that were used.
  ///   - behind: called when a credential proves that control knows something newer than this region.
  package init(
    region: RegionName, now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) },
    used: UseRecorder? = nil, behind: @escaping @Sendable () -> Void = {}
  ) {
    self.region = region
    self.now = now
    self.used = used
    self.behind = behind
  }

  /// Decides what a caller may do here; a credential of a newer user epoch than the replica's is accepted and has control asked at once.
  ///
  /// - Throws: as ``Access/init(_:_:age:)``.
  package func access(_ caller: Caller, _ facts: AccessFacts, age: Double?) throws(Problem) -> Access {
    if let epoch = caller.epoch, facts.status.map({ epoch > $0.epoch }) ?? true { behind() }
    return try Access(caller, facts, age: age)
  }

  /// - Throws: 401 without a valid credential; 503 while no signing key has arrived.
  package func caller(
    of presented: PresentedCredential, by records: some AccessRecords
  ) async throws -> Caller {
    let now = now()
    switch presented {
    case .accessToken(let text):
      let token = try await records.accessToken(text, region: region, now: now)
      for basis in token.bases {
        guard try await !records.hasEnded(basis) else { throw Problem.unauthenticated }
      }
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
