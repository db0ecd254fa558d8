internal import SyncProtocol

/// By what a tick let the log grow, and whom that concerns.
struct LogNews: Sendable, Hashable {
  /// The head before, and after.
  let from: Position
  let through: Position
  /// The chain at ``through``.
  let chain: ChainHash
  let isForAll: Bool
  let silos: Set<SiloNumber>

  /// Nil for a tick without entries.
  init?(_ entries: [LogEntry], after from: Position, chain: ChainHash) {
    guard let last = entries.last else { return nil }
    var isForAll = false
    var silos = Set<SiloNumber>()
    for entry in entries {
      switch entry.receivers {
      case .all: isForAll = true
      case .only(let some): silos.formUnion(some)
      }
    }
    self.from = from
    through = last.position
    self.chain = chain
    self.isForAll = isForAll
    self.silos = silos
  }
}
