/// Whether control may grant again after its log began another life, and what it waits for.
///
/// A value without I/O: the store loads it under a row lock, hands in what happened, and writes back what it became. A restored control knows less than its
/// regions: a slug or an organization that it grants now may have been granted already. So it grants nothing until every active region has said what it
/// holds (or that it holds nothing newer), or an operator released the region by name.
public struct Reconciliation: Sendable, Hashable {
  public enum Phase: String, Sendable, Hashable, CaseIterable {
    case normal
    /// A new epoch that may have lost nothing, such as a failover: regions are asked, people are not troubled.
    case verifying
    /// Something was lost, or may have been for all that is known.
    case reconciling
  }

  /// Where one region stands.
  public enum Standing: String, Sendable, Hashable, CaseIterable {
    case awaited
    /// Its cursors prove that it holds nothing that was lost.
    case clean
    /// Its receipts are merged.
    case returned
    /// An operator goes on without it.
    case released
  }

  public enum Input: Sendable, Hashable {
    /// The log began an epoch; these regions are active.
    case epochStarted(isLossKnown: Bool, active: [SiloNumber])
    case verdict(SiloNumber, ForkVerdict)
    /// All receipts of a region are merged; so many said something that was not known.
    case returned(SiloNumber, differences: Int64)
    case released(SiloNumber)
    /// An operator ends it, whoever is missing.
    case finished
  }

  public enum Effect: Sendable, Hashable {
    /// End all sessions, void all join tokens: what ended after the backup would be alive again.
    case endCredentials
    /// Grants are open again.
    case opened
  }

  public private(set) var phase: Phase
  public private(set) var standings: [SiloNumber: Standing]
  private let planted: PlantedBug?

  public init(phase: Phase = .normal, standings: [SiloNumber: Standing] = [:]) {
    self.init(phase: phase, standings: standings, planted: nil)
  }

  package init(phase: Phase, standings: [SiloNumber: Standing], planted: PlantedBug?) {
    self.phase = phase
    self.standings = standings
    self.planted = planted
  }

  /// Whether slugs, organizations and regions may be granted.
  public var mayGrant: Bool { phase == .normal || planted == .grantedWhileReconciling }

  /// Whether a membership or a token of this region may be granted: it concerns no other. Tokens alone go on while nothing is known to be lost.
  public func mayGrant(at region: SiloNumber) -> Bool {
    mayGrant || (standings[region] ?? .awaited) != .awaited
  }

  /// Whether nobody may go on before this region has spoken.
  public func awaits(_ region: SiloNumber) -> Bool { phase != .normal && standings[region] ?? .awaited == .awaited }

  /// Whether the region's receipts are wanted before it is started over: it is awaited, was released and comes late with what was lost, or proves
  /// a history from before this control knew it: it joined after the backup and was created again.
  public func wantsReceipts(of region: SiloNumber, after verdict: ForkVerdict) -> Bool {
    switch standings[region] {
    case nil: phase != .normal || verdict == .lost
    case .awaited: phase != .normal
    case .released: verdict != .survived
    case .clean, .returned: false
    }
  }

  /// Regions that hold up everybody, ascending.
  public var awaited: [SiloNumber] { standings.filter { $0.value == .awaited }.keys.sorted() }

  public mutating func handle(_ input: Input) -> [Effect] {
    switch input {
    case .epochStarted(let isLossKnown, let active):
      let isLoss = isLossKnown || phase == .reconciling
      standings = Dictionary(active.map { ($0, .awaited) }, uniquingKeysWith: { first, _ in first })
      phase = isLoss ? .reconciling : .verifying
      return (isLossKnown ? [.endCredentials] : []) + openIfComplete()
    case .verdict(let region, let verdict):
      guard awaits(region) else { return [] }
      switch verdict {
      case .unknown: return []
      case .lost: return lose()
      case .survived:
        standings[region] = .clean
        return openIfComplete()
      }
    case .returned(let region, let differences):
      guard phase != .normal else {
        if standings[region] == .released || standings[region] == nil { standings[region] = .returned }
        return []
      }
      let effects = differences > 0 ? lose() : []
      standings[region] = .returned
      return effects + openIfComplete()
    case .released(let region):
      guard phase != .normal, standings[region] != nil else { return [] }
      if standings[region] == .awaited { standings[region] = .released }
      return openIfComplete()
    case .finished:
      guard phase != .normal else { return [] }
      for region in awaited { standings[region] = .released }
      return openIfComplete()
    }
  }

  private mutating func lose() -> [Effect] {
    guard phase != .reconciling else { return [] }
    phase = .reconciling
    return [.endCredentials]
  }

  private mutating func openIfComplete() -> [Effect] {
    guard phase != .normal, awaited.isEmpty else { return [] }
    phase = .normal
    return [.opened]
  }
}
