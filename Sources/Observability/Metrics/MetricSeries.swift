/// One line, or one histogram, of a metric.
struct MetricSeries: Sendable {
  let labels: [MetricLabel]
  /// Of a counter or gauge; the sum of a histogram.
  private(set) var value = 0.0
  /// Observations at or below each bound that were above the one before, the last ones above all bounds.
  private var buckets: [UInt64] = []

  init(_ labels: [MetricLabel], type: MetricType) {
    self.labels = labels
    if case .histogram(let bounds) = type { buckets = [UInt64](repeating: 0, count: bounds.count + 1) }
  }

  mutating func set(_ value: Double) { self.value = value }

  mutating func add(_ amount: Double) { value += amount }

  mutating func observe(_ value: Double, bounds: [Double]) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    guard buckets.indices.contains(bucket), !value.isNaN else { return }
    buckets[bucket] &+= 1
    self.value += value
  }

  /// The lines of the text format.
  func lines(_ name: String, type: MetricType) -> String {
    guard case .histogram(let bounds) = type else {
      return "\(name)\(MetricLabel.text(labels)) \(MetricNumber.text(value))\n"
    }
    var text = ""
    var count: UInt64 = 0
    for (index, bucket) in buckets.enumerated() {
      count &+= bucket
      let bound = index < bounds.count ? MetricNumber.text(bounds[index]) : "+Inf"
      text += "\(name)_bucket\(MetricLabel.text(labels, ("le", bound))) \(count)\n"
    }
    let label = MetricLabel.text(labels)
    return text + "\(name)_sum\(label) \(MetricNumber.text(value))\n\(name)_count\(label) \(count)\n"
  }
}
