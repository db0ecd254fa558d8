internal import HTTPTypes
internal import Hummingbird
internal import Web

/// A page for a browser at a path that does not exist; programs get the problem document.
struct LostPages: RouterMiddleware {
  let site: SiteContext

  @concurrent func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as any HTTPResponseError where error.status == .notFound && Self.wantsPage(request) {
      return try await PageProblems(site: site).page(for: Self.lost, request, context)
    }
  }

  private static let lost = Problem(
    .notFound, "no-such-route", title: "There is no such page",
    detail: "The link may be old, or the address was not typed in full.")

  /// Only what a person looks at: below `/api/` nobody does.
  private static func wantsPage(_ request: Request) -> Bool {
    guard request.method == .get || request.method == .head, !request.uri.path.hasPrefix("/api/") else { return false }
    return request.headers[.accept]?.lowercased().contains("text/html") ?? false
  }
}
