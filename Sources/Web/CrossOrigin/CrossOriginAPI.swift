internal import HTTPTypes
package import Hummingbird

/// Cross-origin requests of single-page applications to an API (Fetch §3.2): scripts of the listed origins may call it with a token of their own.
///
/// Cookies never take part, and `*` is never said. Other origins get the answers that they would get without this: their browsers keep them from the
/// script. Stands outside of what turns errors into documents, so that a script can read those too.
package struct CrossOriginAPI<Context: RequestContext>: RouterMiddleware {
  private let prefix: String
  private let isListed: @Sendable (String) async throws -> Bool

  /// Seconds for which browsers may remember a permission.
  private static var permissionAge: String { "600" }

  /// - Parameters:
  ///   - prefix: of the paths that this is about.
  ///   - isListed: whether scripts of an origin may call them.
  package init(below prefix: String, isListed: @escaping @Sendable (String) async throws -> Bool) {
    self.prefix = prefix
    self.isListed = isListed
  }

  @concurrent package func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard request.uri.path.hasPrefix(prefix) else { return try await next(request, context) }
    let origins = request.headers[values: .fetchOrigin]
    guard origins.count == 1, let origin = origins.first, try await isListed(origin) else {
      var response = try await next(request, context)
      response.addVaryOrigin()
      return response
    }
    if request.method == .options, request.headers.contains(.accessControlRequestMethod) {
      return Response(
        status: .noContent,
        headers: [
          .vary: "Origin", .accessControlAllowOrigin: origin,
          .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE",
          .accessControlAllowHeaders: "Authorization, Content-Type, Idempotency-Key, Atoll-Sync-Token",
          .accessControlMaxAge: Self.permissionAge, .cacheControl: "no-store",
        ])
    }
    var response = try await next(request, context)
    response.addVaryOrigin()
    response.headers[.accessControlAllowOrigin] = origin
    response.headers[.accessControlAllowCredentials] = nil
    response.headers[.accessControlExposeHeaders] =
      "Atoll-Freshness, Atoll-Region-URL, Atoll-Sync-Token, Retry-After, WWW-Authenticate, X-Request-Id"
    return response
  }
}

extension Response {
  /// A cache must not give one origin the answer to another.
  fileprivate mutating func addVaryOrigin() {
    let known = headers[values: .vary].joined(separator: ", ")
    if known.lowercased().contains("origin") || known.contains("*") { return }
    headers[.vary] = known.isEmpty ? "Origin" : known + ", Origin"
  }
}

extension HTTPField.Name {
  /// `Origin` (Fetch §3.2).
  fileprivate static let fetchOrigin = HTTPField.Name("Origin") ?? .via
}
