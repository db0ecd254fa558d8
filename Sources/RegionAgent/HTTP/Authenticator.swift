internal import struct FoundationEssentials.Date
package import Hummingbird
package import Silo
internal import Web

/// Says whom a request's access token names. Never what they may do: see ``Access``.
package struct Authenticator: Sendable {
  private let region: RegionName
  private let now: @Sendable () -> Int64

  /// - Parameter now: seconds since 1970.
  package init(
    region: RegionName, now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
  ) {
    self.region = region
    self.now = now
  }

  /// - Throws: 401 without a valid token; 503 while no signing key has arrived.
  package func caller(of request: Request, on connection: RegionConnection) async throws -> Caller {
    guard let text = request.bearerToken else { throw Problem.unauthenticated }
    let keys = try await TokenKeyStore.usable(on: connection)
    guard !keys.isEmpty else {
      throw Problem.unavailable("This region has not heard from control yet.", retryAfter: Access.retryAfterSeconds)
    }
    do {
      let token = try AccessTokenVerifier(region: region, keys: keys).verify(text, now: now())
      return Caller(user: token.user, organization: token.organization, epoch: token.epoch)
    } catch {
      throw Problem.unauthenticated
    }
  }
}
