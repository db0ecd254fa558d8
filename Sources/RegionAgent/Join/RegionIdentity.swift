package import Silo
package import SyncProtocol

/// Who this agent is: made once by joining, kept sealed in the data directory.
package struct RegionIdentity: Sendable {
  /// Fixed at enrollment.
  package let name: RegionName
  package let silo: SiloNumber
  package let controlURL: String
  /// Signs requests.
  package let agentKey: SigningKey
  /// Seals batches of the region's own log.
  package let streamKey: SigningKey
  /// The manifest that is trusted, with its signatures.
  package var manifest: SignedManifest
  /// Whether the operator of this agent accepts development manifests.
  package let development: Bool

  /// The fingerprint that an operator compares before approving.
  package var fingerprint: String { agentKey.verificationKey.fingerprint }
}
