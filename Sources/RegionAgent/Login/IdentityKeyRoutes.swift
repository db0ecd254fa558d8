internal import struct FoundationEssentials.Date
internal import HTTPTypes
package import Hummingbird
package import Outbox
internal import Postgres
package import Silo
internal import SyncProtocol
package import Web

/// `GET /auth/keys`: the public keys of `Atoll-Identity` as a JWK set (RFC 7517), for the application's JWT library.
package struct IdentityKeyRoutes: Sendable {
  private let database: SiloDatabase<RegionSilo>
  private let now: @Sendable () -> Int64

  package init(database: SiloDatabase<RegionSilo>, now: @escaping @Sendable () -> Int64) {
    self.database = database
    self.now = now
  }

  package func add(to router: Router<WebContext>) {
    router.get("/auth/keys", use: readKeys)
  }

  @concurrent
  private func readKeys(_ request: Request, context: WebContext) async throws -> Response {
    do {
      let keys = try await database.withConnection {
        try await IdentityKeyStore.all(now: Date(timeIntervalSince1970: Double(now())), on: $0)
      }
      return Response(
        json: ["keys": .array(keys.map { .object($0.jwt.jwk) })], contentType: "application/jwk-set+json",
        headers: [.cacheControl: "max-age=60"])
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }
}
