package import SyncProtocol

/// One figure with the bound it has to keep.
package struct Measure: Sendable {
  package enum Bound: Sendable {
    case atMost(Double)
    case atLeast(Double)
    /// Shown, not judged.
    case none
  }

  package let name: String
  package let value: Double
  package let unit: String
  package let bound: Bound

  package init(_ name: String, _ value: Double, _ unit: String, _ bound: Bound = .none) {
    self.name = name
    self.value = value
    self.unit = unit
    self.bound = bound
  }

  /// NaN meets nothing.
  package var isMet: Bool {
    switch bound {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    case .none: true
    }
  }

  package var json: JSONValue {
    var object: JSONObject = [
      "name": .string(name), "value": Self.number(value), "unit": .string(unit), "met": .bool(isMet),
    ]
    switch bound {
    case .atMost(let limit): object["at_most"] = Self.number(limit)
    case .atLeast(let limit): object["at_least"] = Self.number(limit)
    case .none: break
    }
    return .object(object)
  }

  /// The strict JSON of this project has no fractions: a text.
  private static func number(_ value: Double) -> JSONValue { .string(text(value)) }

  package static func text(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    let scaled = (value * 1000).rounded() / 1000
    return scaled == scaled.rounded() ? "\(Int64(scaled))" : "\(scaled)"
  }
}

extension [Double] {
  /// Of ascending values, by nearest rank; NaN of none.
  package func percentile(_ percent: Double) -> Double {
    guard !isEmpty else { return .nan }
    return self[Swift.min(count - 1, Swift.max(0, Int((Double(count) * percent / 100).rounded(.up)) - 1))]
  }
}
