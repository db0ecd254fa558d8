import Observability
import Outbox
import SyncProtocol
import Web

/// Brings what one silo of this process observes into the process's metrics, under the label `silo`.
struct Telemetry: Sendable {
  let registry: MetricsRegistry
  /// `control` or `region`: a monolith has both.
  let silo: String

  /// - Parameter tracing: takes the spans of the sequencer; a region has them taken where its other spans are.
  func outbox(tracing tracer: Tracer) -> OutboxObserver {
    OutboxObserver { event in
      for measurement in event.measurements { registry.record(measurement, silo: silo) }
      if case .traced(let parent, let duration) = event, let parent = TraceContext(parent) {
        tracer.record(.sequence, under: parent, took: duration)
      }
    }
  }

  var web: WebObserver { WebObserver { note($0) } }

  private func note(_ event: WebObserver.Event) {
    switch event {
    case .answered(let method, let route, let status, let duration):
      let route = MetricLabel("route", route ?? "none")
      registry.add(
        "atoll_http_requests_total", help: "Answers by route template, method and class of the status.",
        labels: labels([route, MetricLabel("method", method), MetricLabel("status", "\(status / 100)xx")]))
      registry.observe(
        "atoll_http_request_duration_seconds",
        help: "From the head of a request to the head of its answer, holds included.",
        labels: labels([route]), bounds: OutboxMeasurement.seconds, duration / .seconds(1))
    case .refused(let code, let reason):
      registry.add(
        "atoll_sync_refusals_total", help: "Signed requests that this silo refused, by code.",
        labels: labels([MetricLabel("code", code.rawValue)]))
      guard code == .signatureRefused else { return }
      registry.add(
        "atoll_signature_failures_total", help: "Requests whose signature was refused, by what failed.",
        labels: labels([MetricLabel("code", reason ?? "other")]))
    case .exchanged(let received, let sent):
      let help: StaticString = "Bytes of bodies of signed requests and their answers, as this silo serves them."
      for (direction, bytes) in [("received", received), ("sent", sent)] where bytes > 0 {
        registry.add(
          "atoll_sync_bytes_total", help: help, labels: labels([MetricLabel("direction", direction)]), Double(bytes))
      }
    case .refusedByPeer(let code):
      registry.add(
        "atoll_sync_refused_by_peer_total", help: "Signed requests of this silo that the peer refused, by code.",
        labels: labels([MetricLabel("code", code.rawValue)]))
    case .waited(let isReached, let duration):
      registry.observe(
        "atoll_sync_token_wait_seconds",
        help: "Waits of requests for their callers' own writes, by whether they were seen.",
        labels: labels([MetricLabel("outcome", isReached ? "reached" : "not_yet")]), bounds: OutboxMeasurement.seconds,
        duration / .seconds(1))
    case .failed(let reason):
      registry.add(
        "atoll_sync_transport_failures_total", help: "Exchanges without an answer that could be believed, by reason.",
        labels: labels([MetricLabel("code", reason)]))
    }
  }

  private func labels(_ labels: [MetricLabel]) -> [MetricLabel] { labels + [MetricLabel("silo", silo)] }
}

extension MetricsRegistry {
  /// Takes a value of the outbox.
  func record(_ measurement: OutboxMeasurement, silo: String) {
    let labels = measurement.labels.map { MetricLabel($0.name, $0.value) } + [MetricLabel("silo", silo)]
    let (name, help, value) = (measurement.name, measurement.help, measurement.value)
    switch measurement.kind {
    case .counter: add(name, help: help, labels: labels, value)
    case .total: setTotal(name, help: help, labels: labels, value)
    case .gauge: set(name, help: help, labels: labels, value)
    case .gaugeChange: change(name, help: help, labels: labels, by: value)
    case .histogram(let bounds): observe(name, help: help, labels: labels, bounds: bounds, value)
    }
  }
}
