internal import HTTPTypes
internal import Hummingbird
internal import Web

/// A page for a browser at a path of the region's host that leads nowhere; programs get the problem document.
struct LostPages: RouterMiddleware {
  @concurrent func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as any HTTPResponseError
      where error.status == .notFound && request.method == .get && !request.uri.path.hasPrefix("/api/")
      && LoginPage.wantsPage(request)
    {
      return LoginPage(
        status: .notFound, code: "no-such-route", title: "There is no such page",
        text: "The link may be old, or the address was not typed in full.", link: ("/", "Go on")
      ).response(to: request, context: context)
    }
  }
}
