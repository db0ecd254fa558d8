package import FoundationEssentials
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

  /// What names the keys and the manifest in force.
  package struct InForce: Sendable, Hashable {
    package let version: Int64
    package let control: String
    package let stream: String
    package let forward: String?
  }

  package static func inForce(on control: ControlConnection) async throws -> InForce? {
    try await control.query(
      """
      SELECT (SELECT max(version) FROM control.manifest), c.thumbprint, s.thumbprint,
        (SELECT f.thumbprint FROM control.signing_key AS f WHERE f.purpose = 'forward' AND f.state = 'active')
      FROM control.signing_key AS c, control.signing_key AS s
      WHERE c.purpose = 'control' AND c.state = 'active' AND s.purpose = 'stream' AND s.state = 'active'
      """
    ).decode((Int64, String, String, String?).self).first
      .map { InForce(version: $0, control: $1, stream: $2, forward: $3) }
  }

  /// Every key of control's that is or was in use, or is announced, by thumbprint.
  package static func states(
    on control: ControlConnection
  ) async throws -> [String: (purpose: KeyPurpose, state: State)] {
    let rows = try await control.query("SELECT thumbprint, purpose, state FROM control.signing_key")
    var states: [String: (purpose: KeyPurpose, state: State)] = [:]
    for (thumbprint, purpose, state) in try rows.decode((String, String, String).self) {
      guard let purpose = KeyPurpose(rawValue: purpose), let state = State(rawValue: state) else { continue }
      states[thumbprint] = (purpose, state)
    }
    return states
  }

  /// Forgets keys that a proposal made and no manifest announced.
  package static func forgetNext(on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.signing_key WHERE state = 'next'")
  }

  /// Lets every announced key sign instead of the active one of its purpose.
  package static func promote(on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.signing_key SET state = 'retired' WHERE state = 'active'
        AND purpose IN (SELECT purpose FROM control.signing_key WHERE state = 'next')
      """)
    try await control.execute("UPDATE control.signing_key SET state = 'active' WHERE state = 'next'")
  }

  /// Regions in use that have been heard of since `since` and have not taken manifest `version` yet.
  package static func regions(
    lacking version: Int64, heardSince since: Date, on control: ControlConnection
  ) async throws -> [String] {
    try await control.query(
      """
      SELECT r.name FROM control.region AS r JOIN control.agent_session AS s ON s.region_number = r.number
      WHERE r.state = 'active' AND s.seen >= \(since) AND s.manifest_version < \(version) ORDER BY r.name
      """
    ).decode(String.self)
  }

  /// Notes which manifest a region's agent believes.
  package static func acknowledge(
    _ version: Int64, by region: RegionNumber, session: String, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE control.agent_session SET manifest_version = \(version)
      WHERE region_number = \(region.value) AND session = \(session) AND manifest_version <> \(version)
      """)
  }

  /// One change of manifests at a time. Manifests are only ever added, so what locks is the row of the key that seals.
  package static func lockManifests(on control: ControlConnection) async throws {
    try await control.execute(
      "SELECT thumbprint FROM control.signing_key WHERE purpose = 'stream' AND state = 'active' FOR UPDATE")
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
