/// Where the way of one revision through the rings stands.
package enum RolloutState: String, Sendable, Hashable, CaseIterable {
  case running
  /// Goes no further until an operator resumes it or rolls it back. What rings have already they keep.
  case halted
  /// Every ring has it, and soaked.
  case complete
  /// Another revision of the item was released before this one was everywhere.
  case superseded
  /// An operator took it back.
  case rolledBack = "rolled_back"

  package var isOpen: Bool { self == .running || self == .halted }
}
