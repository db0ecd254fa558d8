/// What one applied change did to a row of the receiver.
struct Effect: Sendable, Hashable {
  enum Deed: String, Sendable {
    case come = "INSERT"
    case change = "UPDATE"
    case go = "DELETE"
  }

  let key: String
  let deed: Deed
  /// Of the write that the row shows; for a row that goes the last one shown.
  let number: Int64
}

/// Follows the effects of one way in the order in which they were committed, and says what must not be.
///
/// A receiver need not show every write (what a newer one overtook before it was read is never sent), but it shows none twice, none after a newer one, none
/// that nobody made, takes no row away that nobody removed, and never brings one back that is gone.
struct EffectAudit: Sendable {
  /// What was written to a row: all that the audit has to know of it.
  struct Writes: Sendable {
    /// Of every write that was asked for, rising.
    var numbers: [Int64] = []
    /// The last that was confirmed.
    var confirmed: Int64?
    var isRemovalAsked = false
    var isRemovalConfirmed = false
  }

  enum Fault: String, Sendable, CaseIterable {
    case lost
    case duplicated
    case reordered
    case phantom
  }

  private(set) var effects = 0
  private(set) var found: [Fault: Int] = [:]
  /// The first of what was found, as sentences.
  private(set) var sentences: [String] = []
  private var there: [String: Int64] = [:]
  private var gone: Set<String> = []
  private static let mostSentences = 20

  /// The next effect.
  ///
  /// - Parameter writes: what was asked of that row; nil for a row that nobody wrote.
  mutating func take(_ effect: Effect, _ writes: Writes?) {
    effects += 1
    let shown = there[effect.key]
    guard let writes, writes.numbers.contains(effect.number) else {
      return report(.phantom, "\(effect.key) shows \(effect.number), which nobody wrote")
    }
    switch effect.deed {
    case .come:
      if shown != nil || gone.contains(effect.key) { report(.duplicated, "\(effect.key) came twice") }
      there[effect.key] = effect.number
    case .change:
      guard let shown else { return report(.lost, "\(effect.key) changed before it came") }
      if effect.number == shown { report(.duplicated, "\(effect.key) changed to \(effect.number) twice") }
      if effect.number < shown { report(.reordered, "\(effect.key) changed to \(effect.number) after \(shown)") }
      there[effect.key] = effect.number
    case .go:
      if shown == nil { report(.duplicated, "\(effect.key) went without being there") }
      if !writes.isRemovalAsked { report(.lost, "\(effect.key) went, and nobody had removed it") }
      there[effect.key] = nil
      gone.insert(effect.key)
    }
  }

  /// Compares what the effects have led to with what the source holds. Both must be at rest.
  mutating func compare(with source: [String: Int64]) {
    for (key, number) in source where there[key] != number {
      report(.lost, "\(key) is \(number) at its source, and \(there[key].map(String.init) ?? "nothing") came of it")
    }
    for key in there.keys where source[key] == nil { report(.phantom, "\(key) is there, and its source has it not") }
  }

  /// Compares what the source holds with what was confirmed to whoever wrote it.
  mutating func compare(_ source: [String: Int64], with writes: some Sequence<(String, Writes)>) {
    for (key, row) in writes {
      guard let number = source[key] else {
        let isMissed = row.confirmed != nil && !row.isRemovalAsked
        if isMissed { report(.lost, "\(key) was confirmed, and its source has it not") }
        continue
      }
      if let confirmed = row.confirmed, number < confirmed {
        report(.lost, "\(key) is \(number) at its source, and \(confirmed) was confirmed")
      }
      if row.isRemovalConfirmed { report(.lost, "the removal of \(key) was confirmed, and its source has it") }
    }
  }

  private mutating func report(_ fault: Fault, _ sentence: String) {
    found[fault, default: 0] += 1
    if sentences.count < Self.mostSentences { sentences.append("\(fault.rawValue): \(sentence)") }
  }
}
