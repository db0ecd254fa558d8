internal import Synchronization

/// The metrics of a process, read as Prometheus text.
///
/// A value and not a global: whoever measures is given one, so tests run side by side. Names and labels come from closed sets in code or from
/// the registry of regions, never from outside, so the number of series has a bound; ``maximumSeries`` is the last line. One short lock per
/// measurement: what is measured is a tick, a batch or a request, never a row.
package final class MetricsRegistry: Sendable {
  /// Series beyond this many are not created. 4095 regions with 2 lanes, 2 directions and 3 figures are 49 140.
  package static let maximumSeries = 100_000
  /// The content type of ``text()``.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private struct Family {
    let help: String
    let type: MetricType
    var series: [String: MetricSeries] = [:]
  }

  private struct State {
    var families: [String: Family] = [:]
    var count = 0
  }

  private let state = Mutex(State())

  private let maximumSeries: Int

  package init(maximumSeries: Int = MetricsRegistry.maximumSeries) { self.maximumSeries = maximumSeries }

  /// Sets a gauge, such as a cursor's position or a lag in seconds.
  package func set(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], _ value: Double) {
    update(name, help, .gauge, labels) { $0.set(value) }
  }

  /// Sets a counter that is counted elsewhere.
  package func setTotal(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], _ value: Double) {
    update(name, help, .counter, labels) { $0.set(max(0, value)) }
  }

  /// Adds to a counter; a counter only rises.
  package func add(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], _ amount: Double = 1) {
    update(name, help, .counter, labels) { $0.add(max(0, amount)) }
  }

  /// Moves a gauge up or down.
  package func change(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], by amount: Double) {
    update(name, help, .gauge, labels) { $0.add(amount) }
  }

  /// Adds an observation to a histogram. The bounds of its first one stay.
  package func observe(
    _ name: StaticString, help: StaticString, labels: [MetricLabel] = [], bounds: [Double], _ value: Double
  ) {
    update(name, help, .histogram(bounds), labels) { $0.observe(value, bounds: bounds) }
  }

  /// Forgets the series of a gauge that is set anew as a whole at every scrape: what is gone must not stay at its last value.
  package func clear(_ name: StaticString) {
    state.withLock { state in
      guard let family = state.families.removeValue(forKey: name.description) else { return }
      state.count -= family.series.count
    }
  }

  /// The Prometheus text exposition format 0.0.4, families and series in order of their names.
  package func text() -> String {
    let families = state.withLock { $0.families }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) {
      text += "# HELP \(name) \(Self.escaped(family.help))\n# TYPE \(name) \(family.type.name)\n"
      for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { text += series.lines(name, type: family.type) }
    }
    return text
  }

  private func update(
    _ name: StaticString, _ help: StaticString, _ type: MetricType, _ labels: [MetricLabel],
    _ change: (inout MetricSeries) -> Void
  ) {
    let key = MetricLabel.text(labels)
    state.withLock { state in
      let name = name.description
      // Nothing is held while it is changed: a second reference to a family would copy all its series at every measurement.
      if let known = state.families[name]?.type, known != type { return }
      if state.families[name]?.series[key] == nil {
        guard state.count < maximumSeries else { return }
        state.count += 1
      }
      change(
        &state.families[name, default: Family(help: help.description, type: type)]
          .series[key, default: MetricSeries(labels, type: type)])
    }
  }

  private static func escaped(_ help: String) -> String {
    help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }
}
