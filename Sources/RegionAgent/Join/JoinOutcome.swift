package import Silo
package import SyncProtocol

/// What came of joining.
package struct JoinOutcome: Sendable, Hashable {
  package let name: RegionName
  package let silo: SiloNumber
  /// Of the agent's key; the operator compares it before approving.
  package let fingerprint: String
  /// `pending`: an operator has to approve first. The agent may be started at once; it asks until then.
  package let state: JoinAnswer.State
}
