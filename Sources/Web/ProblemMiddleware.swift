internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import NIOCore
internal import SyncProtocol

/// Turns every error into a problem document, gives each answer a request id and safe default headers.
///
/// Malformed input never becomes a 5xx; an error nobody foresaw is logged with the request id and answered without its text.
package struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
  package init() {}

  @concurrent package func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response: Response
    do {
      response = try await next(request, context)
    } catch is CancellationError {
      response = Problem.unavailable("The server is shutting down.", retryAfter: 1)
        .response(from: request, context: context)
    } catch {
      response = problem(for: error, context: context).response(from: request, context: context)
    }
    response.headers[.requestID] = context.id
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    response.headers[.xContentTypeOptions] = "nosniff"
    return response
  }

  private func problem(for error: any Error, context: Context) -> Problem {
    switch error {
    case let problem as Problem: return problem
    case let error as any ProblemConvertible: return error.problem
    case let error as JSONError: return .badBody(error)
    case is NIOTooManyBytesError: return .tooLarge
    case let error as any HTTPResponseError: return problem(for: error.status)
    default:
      context.logger.error("request failed", metadata: ["error": "\(error)", "request.id": "\(context.id)"])
      return .internalError
    }
  }

  /// Errors of the router carry a status only.
  private func problem(for status: HTTPResponse.Status) -> Problem {
    switch status {
    case .notFound: .noSuchRoute
    case .methodNotAllowed: .methodNotAllowed
    case .contentTooLarge: .tooLarge
    case _ where (400..<500).contains(status.code):
      Problem(status, "bad-request", title: "The request is not valid")
    default: .internalError
    }
  }
}

extension HTTPField.Name {
  /// `X-Request-Id`: names one request in answers and logs.
  static let requestID = HTTPField.Name("X-Request-Id") ?? .via
}
