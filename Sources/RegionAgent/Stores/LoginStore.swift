internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// What a login in the region waits for and rests on.
enum LoginStore {
  /// The public URL of this region, as its operator entered it at control; nil before it has arrived.
  static func url(of region: RegionName, on connection: RegionConnection) async throws -> String? {
    try await connection.query(
      "SELECT url FROM replica.region WHERE name = \(region.text) ORDER BY _epoch DESC, _head DESC LIMIT 1"
    ).decode(String.self).first
  }

  /// Whether everything that control had committed with a transaction is applied here, on every lane.
  static func isReached(_ position: LoginPosition, on connection: RegionConnection) async throws -> Bool {
    let position = SyncPosition(stream: .control, epoch: position.epoch, transaction: position.transaction)
    let applied = try await SyncPositionStore.applied(.control, on: connection.connection)
    return [Lane.priority, .main].allSatisfy { lane in
      // While rows still come beside the stream, whether this person's are here says their arrival.
      guard let known = applied[lane] else { return false }
      return position.isReached(on: .init(epoch: known.epoch, complete: known.complete, isStartingOver: false))
    }
  }

  /// An organization of this region as one of its people sees it.
  struct Welcome: Sendable, Hashable {
    let slug: String
    let name: String
    let role: OrganizationRole
  }

  /// What a caller may enter here; nil when the person may nothing any more.
  static func welcome(_ caller: Caller, on connection: RegionConnection) async throws -> [Welcome]? {
    let active = try await connection.query(
      """
      SELECT 1 FROM replica.user_status WHERE id = \(caller.user) AND status = 'active'
        AND epoch <= coalesce(\(caller.epoch), epoch)
      """)
    guard !active.isEmpty else { return nil }
    let rows = try await connection.query(
      """
      SELECT h.slug, o.name, m.role FROM region.member AS m
      JOIN region.organization AS o ON o.id = m.organization_id AND o.status = 'active'
      JOIN replica.organization_home AS h ON h.id = o.id
      WHERE m.user_id = \(caller.user) ORDER BY h.slug LIMIT 100
      """)
    return try rows.decode((String, String, String).self).map {
      Welcome(slug: $0, name: $1, role: try OrganizationRole(stored: $2))
    }
  }

  /// How a person stands who is about to be logged in.
  struct Arrival: Sendable, Hashable {
    /// When the session at control ends, in seconds since 1970; nil unless it is here and live.
    var sessionExpires: Int64?
    var status: UserStatus?
    var epoch: Int64?
    /// Grants that came and are not decided yet.
    var undecided: Int64
  }

  static func arrival(
    of user: UserID, session: SessionID, now: Int64, on connection: RegionConnection
  ) async throws -> Arrival {
    let (expires, status, epoch, undecided) = try await connection.query(
      """
      SELECT (
          SELECT c.expires FROM replica.control_session AS c
          WHERE c.id = \(session) AND c.user_id = \(user) AND c.state = 'live' AND c.expires > \(now)),
        s.status, s.epoch, (
          SELECT count(*) FROM replica."grant" AS g WHERE g.user_id = \(user) AND g.state = 'live'
            AND NOT EXISTS (SELECT FROM region.grant_decision AS d WHERE d.grant_id = g.id)
            AND NOT EXISTS (SELECT FROM region.member AS m WHERE m.id = g.id))
      FROM (VALUES (\(user))) AS caller (id)
      LEFT JOIN replica.user_status AS s
        ON s.id = caller.id AND EXISTS (SELECT FROM replica."user" AS u WHERE u.id = s.id)
      """
    ).only().decode((Int64?, String?, Int64?, Int64).self)
    return Arrival(
      sessionExpires: expires, status: status.flatMap { UserStatus(rawValue: $0) }, epoch: epoch, undecided: undecided)
  }
}
