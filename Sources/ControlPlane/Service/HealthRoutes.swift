package import Hummingbird
internal import Outbox
internal import SyncProtocol
package import Web

/// `/health`: the process answers. `/ready`: its database does too.
package struct HealthRoutes: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  package func add(to router: Router<WebContext>) {
    router.get("/health") { _, _ in Response(json: ["status": "ok"]) }
    router.get("/ready") { _, _ in
      do {
        _ = try await environment.database.withConnection { try await StatusStore.ping(on: $0) }
      } catch {
        throw Problem.unavailable("The database does not answer.", retryAfter: 1)
      }
      return Response(json: ["status": "ready"])
    }
  }
}
