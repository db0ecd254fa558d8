internal import HTTPTypes
package import Hummingbird

/// Tells an observer of every answer, with the route's template and never its parameters.
package struct ObservingMiddleware<Context: RequestContext>: RouterMiddleware {
  private let observer: WebObserver

  package init(observer: WebObserver) { self.observer = observer }

  @concurrent package func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    let started = ContinuousClock.now
    let response = try await next(request, context)
    observer(
      .answered(
        method: Self.known(request.method), route: context.endpointPath, status: Int(response.status.code),
        duration: started.duration(to: .now)))
    return response
  }

  /// A method is whatever a client writes; a label is not.
  private static func known(_ method: HTTPRequest.Method) -> String {
    switch method {
    case .get, .post, .put, .patch, .delete, .head, .options: method.rawValue
    default: "other"
    }
  }
}
