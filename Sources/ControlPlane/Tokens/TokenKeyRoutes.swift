package import Hummingbird
internal import HTTPTypes
internal import Silo
internal import SyncProtocol
package import Web

/// `POST /api/v1/operator/token-keys`: announces the next key of access tokens. It signs by itself once every active region has it.
package struct TokenKeyRoutes: Sendable {
  private let keys: TokenKeys
  private let authentication: OperatorAuthentication

  package init(keys: TokenKeys, authentication: OperatorAuthentication) {
    self.keys = keys
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.post("/api/v1/operator/token-keys") { request, _ in
      let asking = try await authentication.require(.manageOperators, of: request)
      try await keys.announceNext(by: .operator(asking.id))
      return Response(json: ["state": "announced"], status: .accepted)
    }
  }
}
