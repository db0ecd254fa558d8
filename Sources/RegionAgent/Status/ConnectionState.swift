/// How this agent stands with control.
package enum ConnectionState: String, Sendable, Hashable, CaseIterable {
  /// No session yet, or control is not reachable. The region serves from its own database.
  case connecting
  case connected
  /// An operator has to approve the agent's key.
  case pending
  /// An operator revoked the agent's key.
  case revoked
  /// Another agent of the region took over.
  case fenced
  /// Another agent of the region is active; this one takes over when that is gone.
  case standby
  /// Control and this agent have no version of the protocol in common: one of them has to be upgraded.
  case incompatible
}
