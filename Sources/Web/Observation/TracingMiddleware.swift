internal import HTTPTypes
package import Hummingbird
package import Observability

/// Begins or continues a trace at a request (W3C Trace Context), and records its first span.
///
/// Signed exchanges between silos, health and metrics are none: a long poll is no request of anybody.
package struct TracingMiddleware<Context: RequestContext>: RouterMiddleware {
  private let tracer: Tracer

  package init(tracer: Tracer) { self.tracer = tracer }

  @concurrent package func handle(
    _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    guard Self.isTraced(request.uri.path), let (span, parent, link) = tracer.begin(Self.traceparent(request)) else {
      return try await next(request, context)
    }
    let start = Tracer.now()
    let response = try await Tracer.$current.withValue(span) { try await next(request, context) }
    tracer.record(
      Span(
        .request, span, parent: parent, link: link, start: start, end: Tracer.now(),
        attributes: [
          (.method, request.method.rawValue), (.path, context.endpointPath ?? "none"),
          (.status, String(response.status.code)),
        ], isError: response.status.code >= 500))
    return response
  }

  private static func isTraced(_ path: String) -> Bool {
    !path.hasPrefix("/sync/") && path != "/health" && path != "/ready" && path != "/metrics"
  }

  /// Of several headers none counts (§4.3 of the recommendation: the request is treated as if there were none).
  private static func traceparent(_ request: Request) -> String? {
    guard let name = HTTPField.Name("traceparent") else { return nil }
    let values = request.headers[values: name]
    return values.count == 1 ? values[0] : nil
  }
}
