internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import Postgres
internal import Web

/// Turns what the routes of pages throw into pages: a login when one is needed, else what went wrong in words.
struct PageProblems: RouterMiddleware {
  let site: SiteContext

  @concurrent func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as CancellationError {
      throw error
    } catch is SiteContext.LoginRequired {
      return site.seeOther(LoginPages.path(returningTo: Self.wayBack(request)))
    } catch {
      return try await page(for: problem(of: error, context), request, context)
    }
  }

  /// Only what was asked for with GET can be asked for again.
  private static func wayBack(_ request: Request) -> ReturnPath? {
    request.method == .get ? request.head.path.flatMap { ReturnPath($0) } : nil
  }

  private func problem(of error: any Error, _ context: WebContext) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as any ProblemConvertible: return error.problem
    case let error as PostgresError:
      if let problem = StorageProblems.problem(error) { return problem }
    default: break
    }
    context.logger.error("page failed", metadata: ["error": "\(error)", "request.id": "\(context.id)"])
    return .internalError
  }

  /// Whoever is logged in stays in their surroundings. When something of ours is broken, nothing more is asked of it.
  private func visitor(_ request: Request, at problem: Problem) async -> SiteContext.Visitor? {
    guard problem.status.code < 500 else { return nil }
    do { return try await site.visitor(request) } catch { return nil }
  }

  func page(for problem: Problem, _ request: Request, _ context: WebContext) async throws -> Response {
    let isOurs = problem.status.code >= 500
    let visitor = await visitor(request, at: problem)
    var lines: [PageContext] = []
    if let detail = problem.detail, problem != .internalError { lines.append(.line(detail)) }
    if problem == .internalError { lines.append(.line("The failure is in the server's log. Nothing was half done.")) }
    if isOurs, problem.retryAfter != nil { lines.append(.line("Try again in a moment.")) }
    var response = try site.message(
      request, visitor, title: problem.title, lines: lines, action: .link("Go on", "/"), status: problem.status,
      reference: isOurs ? context.id : nil)
    if let retryAfter = problem.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
    return response
  }
}
