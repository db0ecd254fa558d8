/// One measured ratio and the goal it is held against.
struct Figure: Sendable {
  enum Goal: Sendable {
    case atLeast(Double)
    case atMost(Double)

    func isMet(by ratio: Double) -> Bool {
      switch self {
      case .atLeast(let bound): ratio >= bound
      case .atMost(let bound): ratio <= bound
      }
    }

    var text: String {
      switch self {
      case .atLeast(let bound): ">= \(bound)"
      case .atMost(let bound): "<= \(bound)"
      }
    }
  }

  let name: String
  let ours: Double
  let baseline: Double
  /// What both numbers count.
  let unit: String
  /// Compared with the goal: `ours / baseline`, or for goals that name a difference or a size, that.
  let value: Double
  let goal: Goal

  /// A ratio of two measurements.
  init(_ name: String, ours: Double, baseline: Double, unit: String, goal: Goal) {
    self.init(name, ours: ours, baseline: baseline, unit: unit, value: ours / baseline, goal: goal)
  }

  init(_ name: String, ours: Double, baseline: Double, unit: String, value: Double, goal: Goal) {
    self.name = name
    self.ours = ours
    self.baseline = baseline
    self.unit = unit
    self.value = value
    self.goal = goal
  }

  var isMet: Bool { goal.isMet(by: value) }
}

extension [Double] {
  /// The middle value; 0 for none.
  var median: Double { percentile(0.5) }

  /// The value below which this share lies.
  func percentile(_ share: Double) -> Double {
    let ordered = sorted()
    guard let last = ordered.indices.last else { return 0 }
    return ordered[Swift.min(last, Int(Double(last) * share + 0.5))]
  }
}
