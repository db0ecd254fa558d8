import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Outbox
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import Observability
@testable import atoll

@Suite("Metrics")
struct MetricsTests {
  /// A registry in which everything happened once.
  static func full() throws -> MetricsRegistry {
    let telemetry = Telemetry(registry: MetricsRegistry(), silo: "control")
    let position = try #require(Position(7))
    let region = try #require(SiloNumber(7))
    var events: [OutboxEvent] = [
      .leading(true), .ticked(duration: .milliseconds(3), entries: 12, head: position), .holding(true), .holding(false),
      .delivered(
        to: region, lane: .main, through: position, rows: 2, removes: 1, duration: .milliseconds(4)),
      .applied(
        stream: region, lane: .priority, through: position, rows: 3, refused: ["NO_GRANT", "NO_GRANT"],
        duration: .milliseconds(5)),
    ]
    events += StorageTrouble.allCases.flatMap { [.sequencingFailed($0), .deliveryFailed($0), .applyFailed($0)] }
    events += SyncRefusal.allCases.map { .cursorRefused($0) } + BatchFault.allCases.map { .batchRefused($0) }
    events += OutboxEvent.WebhookOutcome.allCases.map { .webhook($0) }
    for event in events { telemetry.outbox(tracing: .none)(event) }
    let web = telemetry.web
    web(.answered(method: "GET", route: "/api/v1/organizations/{id}", status: 404, duration: .milliseconds(2)))
    web(.answered(method: "other", route: nil, status: 503, duration: .seconds(31)))
    web(.exchanged(received: 100, sent: 2000))
    for code in SyncProblem.Code.allCases {
      web(.refused(code, reason: nil))
      web(.refusedByPeer(code))
    }
    for code in VerificationFailure.Code.allCases { web(.refused(.signatureRefused, reason: code.rawValue)) }
    for code in SyncTransportFailure.Code.allCases { web(.failed(reason: code.rawValue)) }
    ProcessMetrics.collect(into: telemetry.registry)
    return telemetry.registry
  }

  /// Quiet, but keeps metadata: the framework reads the request id from it.
  private static var logger: Logger {
    var logger = Logger(label: "test.metrics")
    logger.logLevel = .critical
    return logger
  }

  @Test("everything that is measured prints as strict exposition, with base units and names as Prometheus wants them")
  func exposition() throws {
    let text = try Self.full().text()
    #expect(ExpositionChecker.problems(text) == [])
    for name in [
      "atoll_sequencer_tick_duration_seconds_bucket", "atoll_rows_refused_total", "atoll_sync_refusals_total",
      "atoll_signature_failures_total", "process_cpu_seconds_total", "process_resident_memory_bytes",
      "process_open_fds",
      "process_start_time_seconds",
    ] { #expect(text.contains("\n\(name)"), "no \(name)") }
    #expect(text.contains(#"atoll_rows_refused_total{code="NO_GRANT",silo="control"} 2"#))
    #expect(text.contains(#"atoll_requests_held{silo="control"} 0"#))
  }

  @Test(
    "the checker finds what a scraper would not take",
    arguments: [
      "atoll_x 1\n", "# HELP a b\n# TYPE a gauge\na{b=\"\"c\"} 1\n",
      "# HELP a_total b\n# TYPE a_total gauge\na_total 1\n",
      "# HELP a b\n# TYPE a counter\na 1\n", "# HELP a b\n# TYPE a gauge\na 1\na 2\n",
      "# HELP a b\n# TYPE a gauge\na one\n",
      "# TYPE a gauge\na 1\n", "# HELP a_ms b\n# TYPE a_ms gauge\na_ms 1\n", "# HELP a b\n# TYPE a gauge\na 1",
    ])
  func checker(text: String) { #expect(ExpositionChecker.problems(text) != []) }

  @Test("a histogram's buckets are cumulative, and its count is the last of them")
  func histogram() {
    let registry = MetricsRegistry()
    for value in [0.5, 1, 1.5, 99] { registry.observe("a_seconds", help: "b", bounds: [1, 2], value) }
    #expect(
      registry.text() == """
        # HELP a_seconds b
        # TYPE a_seconds histogram
        a_seconds_bucket{le="1"} 2
        a_seconds_bucket{le="2"} 3
        a_seconds_bucket{le="+Inf"} 4
        a_seconds_sum 102
        a_seconds_count 4

        """)
  }

  @Test("the number of series has a bound, and a metric keeps its type")
  func bounds() {
    let registry = MetricsRegistry(maximumSeries: 100)
    registry.set("a", help: "b", 1)
    registry.add("a", help: "b", 5)
    #expect(registry.text().hasSuffix("a 1\n"))
    for number in 0..<110 {
      registry.set("many", help: "b", labels: [MetricLabel("n", "\(number)")], 1)
    }
    #expect(registry.text().split(separator: "\n").count { $0.hasPrefix("many{") } == 99)
  }

  @Test("a measurement costs the same however many series there are")
  func quick() {
    let registry = MetricsRegistry()
    for number in 0..<20_000 { registry.set("many", help: "b", labels: [MetricLabel("n", "\(number)")], 1) }
    let started = ContinuousClock.now
    for _ in 0..<1000 { registry.set("many", help: "b", labels: [MetricLabel("n", "1")], 2) }
    // A copy of the series at each would take minutes.
    #expect(started.duration(to: .now) < .seconds(2))
  }

  @Test("what a silo no longer names is gone at the next scrape, and answers are made once a second at most")
  func scrape() async {
    let registry = MetricsRegistry()
    let calls = Counter()
    let scrape = Scrape(
      registry: registry,
      sources: [
        Scrape.Source(silo: "control") {
          let number = calls.next()
          return [
            OutboxMeasurement(.gauge, "atoll_quarantined_rows", "Rows.", labels: [("peer", "r\(number)")], 1)
          ]
        }
      ])
    let first = await scrape.text()
    #expect(first.contains(#"peer="r1""#))
    #expect(await scrape.text() == first)
    #expect(calls.count == 1)
  }

  @Test("/metrics answers on its own address with the content type of the format, and nothing else is there")
  func server() async throws {
    let server = MetricsServer(
      registry: try Self.full(), sources: [], address: try #require(ListenAddress("127.0.0.1:0")),
      logger: Self.logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { do { try await server.run() } catch is CancellationError {} }
      let base = "http://127.0.0.1:\(await server.boundPort)"
      let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: base + "/metrics"), timeout: .seconds(10))
      #expect(answer.status == .ok)
      #expect(answer.headers.first(name: "content-type") == "text/plain; version=0.0.4; charset=utf-8")
      let text = String(buffer: try await answer.body.collect(upTo: 1 << 22))
      #expect(ExpositionChecker.problems(text) == [])
      #expect(text.contains("atoll_build_info{version="))
      let other = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: base + "/api/v1/me"), timeout: .seconds(10))
      #expect(other.status == .notFound)
      group.cancelAll()
    }
  }

  @Test(
    "promtool accepts the metrics", .enabled(if: Promtool.path != nil, "no promtool: scripts/promtool.sh fetches it"))
  func promtool() throws {
    let complaints = try Promtool.check(try Self.full().text())
    #expect(complaints == "")
  }

  private final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func next() -> Int {
      value.withLock { value in
        value += 1
        return value
      }
    }
  }
}
