/// One value for one metric. The outbox names and describes its own metrics, so that any metrics library can take them.
///
/// Names follow Prometheus: base units, `_total` for counters. Label values come from closed sets, or from the registry of regions.
public struct OutboxMeasurement: Sendable {
  public enum Kind: Sendable, Hashable {
    /// Add the value.
    case counter
    /// A total that was counted elsewhere: set the value.
    case total
    /// Set the value.
    case gauge
    /// Add the value, which may be negative.
    case gaugeChange
    /// Observe the value; the upper bounds of the buckets.
    case histogram([Double])
  }

  public let kind: Kind
  public let name: StaticString
  public let help: StaticString
  /// In order of their names.
  public var labels: [(name: StaticString, value: String)]
  public let value: Double

  public init(
    _ kind: Kind, _ name: StaticString, _ help: StaticString, labels: [(name: StaticString, value: String)] = [],
    _ value: Double
  ) {
    self.kind = kind
    self.name = name
    self.help = help
    self.labels = labels
    self.value = value
  }

  /// Buckets for durations in seconds, from a single round trip to a long poll.
  public static let seconds: [Double] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]

  /// Buckets for sizes in rows.
  public static let rows: [Double] = [0, 1, 10, 100, 1000, 10_000, 100_000]
}
