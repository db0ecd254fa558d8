internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Silo
internal import Web

/// Routes that exist, but in a region: called here they say so instead of pretending that there is nothing.
enum WrongSiloRoutes {
  private static let paths: [RouterPath] = ["/api/v1/status"]

  static func add(to router: Router<WebContext>) {
    for path in paths {
      for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
        router.on(path, method: method) { _, context -> Response in
          context.logger.notice("a route of the other silo was called")
          throw Problem.wrongSilo(served: SiloMode.control.rawValue, wanted: SiloMode.region.rawValue)
        }
      }
    }
  }
}
