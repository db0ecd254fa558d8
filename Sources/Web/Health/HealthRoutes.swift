internal import HTTPTypes
package import Hummingbird
package import Observability
internal import SyncProtocol

/// `GET /health` and `GET /ready`, for whatever starts, restarts and load-balances this process.
///
/// `/health` says that the process answers: it looks at nothing else, because no restart mends a database that is away. `/ready` says whether it
/// should get traffic: 200 or 503, with every check by name in the body.
package struct HealthRoutes: Sendable {
  /// Seconds after which a 503 may be asked again.
  private static let retryAfter = "1"

  private let silo: String
  private let ready: @Sendable () async -> HealthReport

  /// - Parameter ready: the checks of `/ready`; must not take longer than a prober waits, a few seconds.
  package init(silo: String, ready: @escaping @Sendable () async -> HealthReport) {
    self.silo = silo
    self.ready = ready
  }

  package func add(to router: Router<WebContext>) {
    let silo = silo
    let ready = ready
    router.get("/health") { _, _ in Response(json: ["status": "ok", "silo": .string(silo)]) }
    router.get("/ready") { _, _ in
      let report = await ready()
      let isReady = report.status != .unavailable
      var headers = HTTPFields()
      if !isReady { headers[.retryAfter] = Self.retryAfter }
      return Response(
        json: Self.document(report, silo: silo), status: isReady ? .ok : .serviceUnavailable, headers: headers)
    }
  }

  private static func document(_ report: HealthReport, silo: String) -> JSONValue {
    [
      "status": .string(report.status == .unavailable ? "unavailable" : "ready"), "silo": .string(silo),
      "worst": .string(report.status.rawValue),
      "checks": .array(
        report.checks.map { check in
          [
            "name": .string(check.name), "status": .string(check.status.rawValue),
            "advice": check.advice.map { .string($0) } ?? .null,
          ]
        }),
    ]
  }
}
