internal import HTTPTypes
internal import Hummingbird
internal import Outbox

/// Cross-origin requests of single-page applications (Fetch §3.2), for the origins that operators registered. Never with cookies.
struct CrossOrigin: Sendable {
  let environment: ControlEnvironment

  /// The answer to a preflight: permission for an origin that some client may be a script of, nothing for others.
  func preflight(_ request: Request) async throws -> Response {
    var response = Response(status: .noContent)
    response.headers[.vary] = "Origin"
    guard let origin = Self.origin(of: request), try await isKnown(origin) else { return response }
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlAllowMethods] = "GET, POST"
    response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type"
    response.headers[.accessControlMaxAge] = "600"
    return response
  }

  /// Lets a script of the client's own origins read the answer.
  ///
  /// - Parameter client: who asked; nil when that is not known or does not matter: then the origins of all clients are allowed.
  func marked(_ response: Response, for request: Request, of client: ProviderClient?) async throws -> Response {
    var response = response
    response.headers[.vary] = "Origin"
    guard let origin = Self.origin(of: request) else { return response }
    let isAllowed =
      if let client { client.origins.contains(origin) } else { try await isKnown(origin) }
    guard isAllowed else { return response }
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlExposeHeaders] = "WWW-Authenticate, Retry-After"
    return response
  }

  private func isKnown(_ origin: String) async throws -> Bool {
    try await environment.database.withConnection { try await ClientStore.knows(origin: origin, on: $0) }
  }

  private static func origin(of request: Request) -> String? {
    let values = request.headers[values: .origin]
    guard values.count == 1, let origin = values.first, RedirectURI.isOrigin(origin) else { return nil }
    return origin
  }
}
