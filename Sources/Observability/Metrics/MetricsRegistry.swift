internal import Synchronization

/// Gauges and counters of the process, read as Prometheus text.
///
/// Names and labels come from closed sets in code, never from outside, so the number of series has a bound; ``maximumSeries`` is the last line.
package final class MetricsRegistry: Sendable {
  /// Series beyond this many are not created.
  package static let maximumSeries = 10_000

  private struct Family {
    let help: String
    let type: String
    var series: [String: Double] = [:]
  }

  private let families = Mutex<[String: Family]>([:])

  package init() {}

  /// Sets a gauge, such as a cursor's position or a lag in seconds.
  package func set(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], _ value: Double) {
    update(name, help, "gauge", labels) { _ in value }
  }

  /// Adds to a counter; a counter only rises.
  package func add(_ name: StaticString, help: StaticString, labels: [MetricLabel] = [], _ amount: Double = 1) {
    update(name, help, "counter", labels) { ($0 ?? 0) + max(0, amount) }
  }

  /// The Prometheus text exposition format 0.0.4, families and series in order of their names.
  package func text() -> String {
    families.withLock { families in
      var text = ""
      for (name, family) in families.sorted(by: { $0.key < $1.key }) {
        text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.type)\n"
        for (labels, value) in family.series.sorted(by: { $0.key < $1.key }) {
          text += "\(name)\(labels) \(Self.number(value))\n"
        }
      }
      return text
    }
  }

  private func update(
    _ name: StaticString, _ help: StaticString, _ type: String, _ labels: [MetricLabel], _ change: (Double?) -> Double
  ) {
    let series = MetricLabel.text(labels)
    families.withLock { families in
      var family = families[name.description] ?? Family(help: help.description, type: type)
      let total = families.values.reduce(0) { $0 + $1.series.count }
      guard family.series[series] != nil || total < Self.maximumSeries else { return }
      family.series[series] = change(family.series[series])
      families[name.description] = family
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
