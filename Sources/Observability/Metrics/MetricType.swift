/// What a metric is, as Prometheus calls it.
package enum MetricType: Sendable, Hashable {
  case counter
  case gauge
  /// With the upper bounds of its buckets, ascending, without infinity.
  case histogram([Double])

  var name: String {
    switch self {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram: "histogram"
    }
  }
}
