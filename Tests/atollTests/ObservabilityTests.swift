import Logging
import Synchronization
import SyncProtocol
import Testing

@testable import Observability

@Suite("Logs, health and metrics")
struct ObservabilityTests {
  @Test("a log line is one strict JSON object whose values carry no secret and no line feed")
  func jsonLine() throws {
    let lines = Mutex<[String]>([])
    var handler = LineLogHandler(label: "test", format: .json, level: .info) { line in
      lines.withLock { $0.append(line) }
    }
    handler[metadataKey: LogKey.region.rawValue] = "eu\n\"x\""
    var logger = Logger(label: "test") { _ in handler }
    logger[.url] = "postgres://atoll:hunter2@db/x and atls_abcDEF123"
    logger.info("Something happened")
    let line = try #require(lines.withLock { $0.first })
    #expect(line.hasSuffix("}\n") && line.dropLast().allSatisfy { $0 != "\n" })
    let document = JSONReader(try JSONParser.parse(Array(line.utf8)))
    #expect(try document.field("message").string() == "Something happened")
    #expect(try document.field("atoll.region").string() == "eu\n\"x\"")
    #expect(try document.field("net.url").string() == "postgres://atoll:[redacted]@db/x and atls_[redacted]")
  }

  @Test("an overlong value is cut")
  func overlong() {
    #expect(Redaction.clean(String(repeating: "x", count: 100_000)).count < 1000)
  }

  @Test(
    "times are RFC 3339 in UTC",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_782_400_001, "2000-02-29T00:00:00.001Z"),
      (1_767_225_599_999, "2025-12-31T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func times(milliseconds: Int64, expected: String) {
    #expect("\(LogTime(milliseconds: milliseconds))" == expected)
  }

  @Test("the worst check decides")
  func health() {
    #expect(HealthReport(checks: []).status == .ok)
    let report = HealthReport(checks: [
      .init(name: "a", status: .ok), .init(name: "b", status: .unavailable, advice: "x"),
      .init(name: "c", status: .degraded),
    ])
    #expect(report.status == .unavailable)
  }

  @Test("gauges and counters print as Prometheus text, escaped and in order")
  func metrics() {
    let registry = MetricsRegistry()
    registry.set(
      "atoll_lag_rows", help: "Rows behind.", labels: [MetricLabel("lane", "main"), MetricLabel("a", "x\"y")], 3)
    registry.add("atoll_applied_total", help: "Rows applied.", 2)
    registry.add("atoll_applied_total", help: "Rows applied.", -5)
    #expect(
      registry.text() == """
        # HELP atoll_applied_total Rows applied.
        # TYPE atoll_applied_total counter
        atoll_applied_total 2
        # HELP atoll_lag_rows Rows behind.
        # TYPE atoll_lag_rows gauge
        atoll_lag_rows{a="x\\"y",lane="main"} 3

        """)
  }
}
