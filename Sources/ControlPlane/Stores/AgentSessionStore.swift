package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The one fenced session of each region's agent, and nonces of requests.
package enum AgentSessionStore {
  /// Opens a session and ends the one before, unless that is another key's that was seen within the lease, by this database's clock.
  ///
  /// - Parameter lease: seconds after which an agent that asks for nothing counts as gone.
  /// - Returns: false when another agent of the region is active: this one stands by.
  package static func open(
    _ session: String, region: RegionNumber, thumbprint: String, instance: String, software: String, zlib: Bool,
    lease: Int64, on control: ControlConnection
  ) async throws -> Bool {
    let opened =
      try await control.execute(
        """
        INSERT INTO control.agent_session AS s (region_number, session, instance, thumbprint, software, zlib)
        VALUES (\(region.value), \(session), \(instance), \(thumbprint), \(software), \(zlib))
        ON CONFLICT (region_number) DO UPDATE SET session = EXCLUDED.session, instance = EXCLUDED.instance,
          thumbprint = EXCLUDED.thumbprint, software = EXCLUDED.software, zlib = EXCLUDED.zlib, opened = clock_timestamp(), seen = clock_timestamp(),
          departed = NULL
        WHERE s.thumbprint = EXCLUDED.thumbprint OR s.departed IS NOT NULL OR s.seen < clock_timestamp() - make_interval(secs => \(Double(lease)))
          OR NOT EXISTS (SELECT FROM control.region_key k WHERE k.thumbprint = s.thumbprint AND k.state = 'active')
        """) == 1
    if opened {
      try await control.execute("DELETE FROM control.agent_standby WHERE thumbprint = \(thumbprint)")
    } else {
      try await control.execute(
        """
        INSERT INTO control.agent_standby (thumbprint, region_number, instance, software)
        VALUES (\(thumbprint), \(region.value), \(instance), \(software))
        ON CONFLICT (thumbprint) DO UPDATE SET instance = EXCLUDED.instance, software = EXCLUDED.software, seen = clock_timestamp()
        """)
    }
    return opened
  }

  /// Regions that have an agent: what the pace of idle answers depends on.
  package static func count(on control: ControlConnection) async throws -> Int {
    Int(try await control.query("SELECT count(*) FROM control.agent_session").only().decode(Int64.self))
  }

  /// Whether the session is the region's and its key still opens something. Asked again in the snapshot from which an answer is read.
  package static func isLive(
    _ session: String, region: RegionNumber, thumbprint: String, on control: ControlConnection
  ) async throws -> Bool {
    try await control.query(liveness(session, region: region, thumbprint: thumbprint)).only().decode(Bool.self)
  }

  /// The statement of ``isLive(_:region:thumbprint:on:)``.
  static func liveness(_ session: String, region: RegionNumber, thumbprint: String) -> SQL {
    """
    SELECT EXISTS (
      SELECT FROM control.agent_session s JOIN control.region_key k ON k.thumbprint = s.thumbprint
      WHERE s.region_number = \(region.value) AND s.session = \(session) AND s.thumbprint = \(thumbprint)
        AND k.state = 'active')
    """
  }

  /// The session's agent has stopped: another one need not wait. The row stays, so that a copy of the agent's key is still noticed.
  package static func depart(_ session: String, region: RegionNumber, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.agent_session SET departed = clock_timestamp(), session = 'departed ' || session
      WHERE region_number = \(region.value) AND session = \(session)
      """)
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
