internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// Control's own Ed25519 keys and the manifests that announce them.
package enum SigningKeyStore {
  package enum State: String, Sendable, Hashable {
    case next, active, retired
  }

  package static func insert(
    _ key: VerificationKey, purpose: KeyPurpose, sealed: [UInt8], state: State, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.signing_key (thumbprint, purpose, public_key, sealed_private_key, state)
      VALUES (\(key.thumbprint), \(purpose.rawValue), \(key.bytes), \(sealed), \(state.rawValue))
      """)
  }

  /// The sealed private half of the active key of a purpose, with its thumbprint.
  package static func active(
    _ purpose: KeyPurpose, on control: ControlConnection
  ) async throws -> (thumbprint: String, sealed: [UInt8])? {
    let rows = try await control.query(
      """
      SELECT thumbprint, sealed_private_key FROM control.signing_key
      WHERE purpose = \(purpose.rawValue) AND state = 'active'
      """)
    return try rows.decode((String, [UInt8]).self).first.map { (thumbprint: $0, sealed: $1) }
  }

  /// Where the private half is sealed.
  package static func place(_ thumbprint: String) -> SecretKey.Place {
    SecretKey.Place(table: "control.signing_key", row: thumbprint, column: "sealed_private_key")
  }

  package static func publish(
    version: Int64, document: [UInt8], rootFingerprint: String, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.manifest (version, document, root_fingerprint)
      VALUES (\(version), \(document), \(rootFingerprint))
      """)
  }

  /// The manifest in force.
  package static func manifest(
    on control: ControlConnection
  ) async throws -> (version: Int64, document: [UInt8])? {
    let rows = try await control.query(
      "SELECT version, document FROM control.manifest ORDER BY version DESC LIMIT 1")
    return try rows.decode((Int64, [UInt8]).self).first.map { (version: $0, document: $1) }
  }

  /// The fingerprint of the root that signed the manifest in force: what agents pin.
  package static func rootFingerprint(on control: ControlConnection) async throws -> String? {
    try await control.query("SELECT root_fingerprint FROM control.manifest ORDER BY version DESC LIMIT 1")
      .decode(String.self).first
  }
}
