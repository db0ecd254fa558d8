package import Hummingbird
internal import HTTPTypes
internal import Logging
package import Web

/// Takes the gateway's requests before any route of control's own is looked at.
package struct GatewayMiddleware: RouterMiddleware {
  private let gateway: Gateway

  package init(gateway: Gateway) { self.gateway = gateway }

  @concurrent package func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    guard gateway.owns(request) else { return try await next(request, context) }
    return try await gateway.answer(request, context: context)
  }
}
