import Observability
import Outbox

/// Brings the metrics up to the moment: asks every silo of the process for what its database says, at most once a second, however many ask.
actor Scrape {
  /// What a silo of the process says when asked.
  struct Source: Sendable {
    let silo: String
    let measurements: @Sendable () async -> [OutboxMeasurement]
  }

  /// How old an answer may be.
  static let freshness: Duration = .seconds(1)

  private let registry: MetricsRegistry
  private let sources: [Source]
  private var made: (text: String, at: ContinuousClock.Instant)?
  private var isMaking = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(registry: MetricsRegistry, sources: [Source]) {
    self.registry = registry
    self.sources = sources
  }

  func text() async -> String {
    while isMaking { await withCheckedContinuation { waiting.append($0) } }
    if let made, made.at.duration(to: .now) < Self.freshness { return made.text }
    isMaking = true
    let text = await make()
    made = (text, .now)
    isMaking = false
    let resumed = waiting
    waiting = []
    for continuation in resumed { continuation.resume() }
    return text
  }

  private func make() async -> String {
    var all: [(silo: String, measurements: [OutboxMeasurement])] = []
    for source in sources { all.append((source.silo, await source.measurements())) }
    // What a source no longer names is over: a region that has caught up, a row that left the quarantine.
    for (_, measurements) in all {
      for measurement in measurements where measurement.kind == .gauge { registry.clear(measurement.name) }
    }
    for (silo, measurements) in all {
      for measurement in measurements { registry.record(measurement, silo: silo) }
    }
    ProcessMetrics.collect(into: registry)
    return registry.text()
  }
}
