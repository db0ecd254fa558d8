internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// The keys of agents.
package enum RegionKeyStore {
  package enum State: String, Sendable, Hashable {
    case pending, active, revoked
  }

  package struct Key: Sendable, Hashable {
    package let key: VerificationKey
    package let purpose: KeyPurpose
    package let state: State
    package let region: RegionID
    package let number: RegionNumber
    package let regionState: RegionStore.State
    package let name: RegionName
  }

  /// Adds one key; false when the thumbprint is known, whoever has it.
  package static func insert(
    _ key: VerificationKey, purpose: KeyPurpose, agent: String, region: RegionID, state: State,
    on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.region_key (thumbprint, region_id, public_key, purpose, agent, state)
      VALUES (\(key.thumbprint), \(region.uuid), \(key.bytes), \(purpose.rawValue), \(agent), \(state.rawValue))
      ON CONFLICT (thumbprint) DO NOTHING
      """) == 1
  }

  package static func find(_ thumbprint: String, on control: ControlConnection) async throws -> Key? {
    let rows = try await control.query(
      """
      SELECT k.public_key, k.purpose, k.state, k.region_id, r.number, r.state, r.name
      FROM control.region_key k JOIN control.region r ON r.id = k.region_id WHERE k.thumbprint = \(thumbprint)
      """)
    return try rows.decode(([UInt8], String, String, UUID, Int16, String, String).self).first.flatMap { row in
      guard let key = VerificationKey(bytes: row.0), let purpose = KeyPurpose(rawValue: row.1),
        let state = State(rawValue: row.2), let number = RegionNumber(Int(row.4)),
        let regionState = RegionStore.State(rawValue: row.5)
      else { return nil }
      return Key(
        key: key, purpose: purpose, state: state, region: RegionID(row.3), number: number, regionState: regionState,
        name: try RegionName(row.6))
    }
  }

  /// The fingerprints of the agents that wait for approval, by region, for the operator to compare.
  package static func pendingFingerprints(on control: ControlConnection) async throws -> [RegionID: [String]] {
    let rows = try await control.query(
      """
      SELECT region_id, public_key FROM control.region_key
      WHERE state = 'pending' AND purpose = 'agent' ORDER BY enrolled
      """)
    return try rows.decode((UUID, [UInt8]).self).reduce(into: [:]) { all, row in
      guard let key = VerificationKey(bytes: row.1) else { return }
      all[RegionID(row.0), default: []].append(key.fingerprint)
    }
  }

  /// Approves the pending keys of a region, all or those of the agent with this thumbprint; returns how many.
  package static func approve(
    _ region: RegionID, agent: String?, on control: ControlConnection
  ) async throws -> Int {
    try await control.execute(
      """
      UPDATE control.region_key SET state = 'active', decided = clock_timestamp()
      WHERE region_id = \(region.uuid) AND state = 'pending' AND (\(agent) IS NULL OR agent = \(agent))
      """)
  }

  /// Revokes every key of a region; returns how many were live.
  package static func revokeAll(_ region: RegionID, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      UPDATE control.region_key SET state = 'revoked', decided = clock_timestamp()
      WHERE region_id = \(region.uuid) AND state <> 'revoked'
      """)
  }

  /// Raises the counter of a key on one path; false when it did not rise. Pull and push travel on connections of their own, so each rises by itself.
  package static func raiseCounter(
    _ thumbprint: String, path: String, to counter: Int64, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.key_counter AS c (thumbprint, path, counter) VALUES (\(thumbprint), \(path), \(counter))
      ON CONFLICT (thumbprint, path) DO UPDATE SET counter = EXCLUDED.counter WHERE c.counter < EXCLUDED.counter
      """) == 1
  }
}

extension RegionKeyStore {
  /// What is known of a region's keys of one purpose, by thumbprint. A pending key seals nothing yet.
  package static func known(
    _ region: RegionID, purpose: KeyPurpose, on control: ControlConnection
  ) async throws -> [String: KnownKey] {
    let rows = try await control.query(
      "SELECT public_key, state FROM control.region_key WHERE region_id = \(region.uuid) AND purpose = \(purpose.rawValue)"
    )
    var known: [String: KnownKey] = [:]
    for (bytes, state) in try rows.decode(([UInt8], String).self) {
      guard let key = VerificationKey(bytes: bytes) else { continue }
      let state: KnownKey.State = state == "active" ? .active : state == "pending" ? .next : .revoked
      known[key.thumbprint] = KnownKey(key: key, purpose: purpose, state: state)
    }
    return known
  }

  /// As ``known(_:purpose:on:)-RegionID``, by the region's number, without the keys that were taken back.
  package static func usable(
    _ region: RegionNumber, purpose: KeyPurpose, on control: ControlConnection
  ) async throws -> [KnownKey] {
    let rows = try await control.query(
      """
      SELECT k.public_key FROM control.region_key AS k JOIN control.region AS r ON r.id = k.region_id
      WHERE r.number = \(Int16(region.value)) AND k.purpose = \(purpose.rawValue) AND k.state = 'active'
      """)
    return try rows.decode([UInt8].self).compactMap { bytes in
      VerificationKey(bytes: bytes).map { KnownKey(key: $0, purpose: purpose) }
    }
  }

  /// Keys of all regions that are read at once: two dozen for each of 4095.
  private static let most = 100_000

  /// The keys of every region, without those that were taken back.
  package static func usable(
    purpose: KeyPurpose, on control: ControlConnection
  ) async throws -> [RegionNumber: [KnownKey]] {
    let rows = try await control.query(
      """
      SELECT r.number, k.public_key FROM control.region_key AS k JOIN control.region AS r ON r.id = k.region_id
      WHERE k.purpose = \(purpose.rawValue) AND k.state = 'active' LIMIT \(most)
      """)
    return try rows.decode((Int16, [UInt8]).self).reduce(into: [:]) { all, row in
      guard let number = RegionNumber(Int(row.0)), let key = VerificationKey(bytes: row.1) else { return }
      all[number, default: []].append(KnownKey(key: key, purpose: purpose))
    }
  }

  /// The thumbprint of the pending agent of a region with this fingerprint.
  package static func agent(
    fingerprint: String, of region: RegionID, on control: ControlConnection
  ) async throws -> String? {
    let rows = try await control.query(
      """
      SELECT public_key FROM control.region_key
      WHERE region_id = \(region.uuid) AND state = 'pending' AND purpose = 'agent'
      """)
    return try rows.decode([UInt8].self).compactMap { VerificationKey(bytes: $0) }
      .first { $0.fingerprint == fingerprint }?.thumbprint
  }
}
