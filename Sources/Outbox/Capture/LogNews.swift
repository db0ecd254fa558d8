internal import SyncProtocol

/// By what a tick let the log grow, and whom that concerns.
struct LogNews: Sendable, Hashable {
  /// Whom entries of one kind concern.
  struct Concern: Sendable, Hashable {
    var isForAll = false
    var silos = Set<SiloNumber>()
  }

  /// The head before, and after.
  let from: Position
  let through: Position
  /// The chain at ``through``.
  let chain: ChainHash
  let concerns: [Kind: Concern]
  /// The entries, of a small tick: who wakes by them knows what to read. None of a larger one.
  let entries: [LogEntry]

  /// Entries up to which a tick is small.
  static let smallTick = 20

  /// Whether ``entries`` are all.
  var isSmall: Bool { !entries.isEmpty }

  /// Nil for a tick without entries.
  init?(_ entries: [LogEntry], after from: Position, chain: ChainHash) {
    guard let last = entries.last else { return nil }
    var concerns: [Kind: Concern] = [:]
    for entry in entries {
      switch entry.receivers {
      case .all: concerns[entry.row.kind, default: Concern()].isForAll = true
      case .only(let some): concerns[entry.row.kind, default: Concern()].silos.formUnion(some)
      }
    }
    self.from = from
    through = last.position
    self.chain = chain
    self.concerns = concerns
    self.entries = entries.count <= Self.smallTick ? entries : []
  }
}
