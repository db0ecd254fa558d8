internal import HTTPTypes
package import Hummingbird

/// Puts ``StrictTransport`` on every answer of a host.
package struct StrictTransportMiddleware<Context: RequestContext>: RouterMiddleware {
  private let value: String

  /// - Parameter value: of the header, as ``StrictTransport/value(for:)`` gives it.
  package init(value: String) { self.value = value }

  @concurrent package func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    response.headers[.strictTransportSecurity] = value
    return response
  }
}
