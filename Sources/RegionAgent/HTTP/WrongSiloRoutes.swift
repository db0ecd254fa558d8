internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Silo
internal import Web

/// Routes that exist, but at control: called here they say so instead of pretending that there is nothing.
enum WrongSiloRoutes {
  private static let paths: [RouterPath] = [
    "/api/v1/signup", "/api/v1/signup/**", "/api/v1/login", "/api/v1/login/**", "/api/v1/logout", "/api/v1/logout/**",
    "/api/v1/me", "/api/v1/me/**", "/api/v1/sessions", "/api/v1/sessions/**", "/api/v1/password/**",
    "/api/v1/second-factor", "/api/v1/second-factor/**", "/api/v1/regions", "/api/v1/organizations",
    "/api/v1/organizations/**", "/api/v1/operations/**", "/api/v1/tokens", "/api/v1/api-tokens",
    "/api/v1/api-tokens/**", "/api/v1/invitations/**",
    "/api/v1/operator/**", "/sync/v1/**", "/.well-known/atoll-manifest",
  ]

  static func add(to router: Router<WebContext>) {
    for path in paths {
      for method in [HTTPRequest.Method.get, .post, .put, .delete] {
        router.on(path, method: method) { _, context -> Response in
          context.logger.notice("a route of the other silo was called")
          throw Problem.wrongSilo(served: SiloMode.region.rawValue, wanted: SiloMode.control.rawValue)
        }
      }
    }
  }
}
