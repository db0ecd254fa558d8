package import Hummingbird
internal import Logging
internal import Postgres
package import Web

/// Tells a caller what to do when the database did not answer as it should: mostly to come back soon. The program's own errors pass on.
package struct StorageProblems: RouterMiddleware {
  package init() {}

  @concurrent package func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as PostgresError {
      guard let problem = Self.problem(error) else { throw error }
      context.logger.warning("the database refused a request", metadata: ["error": "\(error)"])
      throw problem
    }
  }

  /// Nil for errors that are the program's own.
  static func problem(_ error: PostgresError) -> Problem? {
    switch error.code {
    case .connection, .poolExhausted, .poolClosed, .timeout:
      .unavailable("The control plane's database is busy or not reachable.", retryAfter: 2)
    case .commitOutcomeUnknown:
      .unavailable("The connection was lost at commit: look before you try again.", retryAfter: 2)
    case .server(let state) where state.isRetryable || state.endsSession || state == .queryCanceled:
      .unavailable("The control plane's database interrupted the request.", retryAfter: 1)
    case .server(.diskFull): .storageFull("The control plane's database")
    case .server(let state) where state.conditionClass == "53":
      .unavailable("The control plane's database is short of connections or memory.", retryAfter: 10)
    default: nil
    }
  }
}
