package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The one fenced session of each region's agent, and nonces of requests.
package enum AgentSessionStore {
  /// Opens a session and ends the one before.
  package static func open(
    _ session: String, region: RegionNumber, thumbprint: String, instance: String, software: String, zlib: Bool,
    on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.agent_session AS s (region_number, session, instance, thumbprint, software, zlib)
      VALUES (\(region.value), \(session), \(instance), \(thumbprint), \(software), \(zlib))
      ON CONFLICT (region_number) DO UPDATE SET session = EXCLUDED.session, instance = EXCLUDED.instance,
        thumbprint = EXCLUDED.thumbprint, software = EXCLUDED.software, zlib = EXCLUDED.zlib, opened = clock_timestamp(), seen = clock_timestamp()
      """)
  }

  /// Notes a request of a session and says whether its answers may be compressed; nil when a later hello ended it.
  package static func touch(
    _ session: String, region: RegionNumber, thumbprint: String, on control: ControlConnection
  ) async throws -> Bool? {
    try await control.query(
      """
      UPDATE control.agent_session SET seen = clock_timestamp()
      WHERE region_number = \(region.value) AND session = \(session) AND thumbprint = \(thumbprint) RETURNING zlib
      """
    ).decode(Bool.self).first
  }

  /// Whether the session is the region's and its key still opens something. Asked again before an answer leaves.
  package static func isLive(
    _ session: String, region: RegionNumber, thumbprint: String, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(
      """
      SELECT EXISTS (
        SELECT FROM control.agent_session s JOIN control.region_key k ON k.thumbprint = s.thumbprint
        WHERE s.region_number = \(region.value) AND s.session = \(session) AND s.thumbprint = \(thumbprint)
          AND k.state = 'active')
      """
    ).only().decode(Bool.self)
  }

  package static func end(_ region: RegionNumber, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM control.agent_session WHERE region_number = \(region.value)")
  }

  /// Keeps a nonce; false when this key used it before.
  package static func recordNonce(
    keyid: String, nonce: String, expires: Int64, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO outbox.nonce (keyid, nonce, expires) VALUES (\(keyid), \(nonce), to_timestamp(\(Double(expires))))
      ON CONFLICT (keyid, nonce) DO NOTHING
      """) == 1
  }

  /// Forgets nonces that expired before `date`, at most `limit`; returns how many.
  package static func pruneNonces(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM outbox.nonce WHERE (keyid, nonce) IN (
        SELECT keyid, nonce FROM outbox.nonce WHERE expires < \(date) ORDER BY expires LIMIT \(limit))
      """)
  }
}
