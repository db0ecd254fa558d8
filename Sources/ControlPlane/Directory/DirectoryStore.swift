internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo

/// Reads the directory for a map: where its changes are, whole pages, and rows by key.
enum DirectoryStore {
  /// Rows of one page.
  static let page = 10_000
  /// Changes that are read at once; more are read as everything.
  static let most = 200_000

  enum News: Sendable {
    case nothing(DirectoryPosition)
    case something
    /// Changes were pruned that the map does not have, or the database is another one.
    case gap
  }

  private static let epoch: SQL =
    "COALESCE((SELECT e.id::text FROM outbox.epoch AS e ORDER BY e.ordinal DESC LIMIT 1), '')"

  private static func unseen(_ snapshot: String) -> SQL {
    """
    c.xid >= pg_snapshot_xmin(\(snapshot)::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(c.xid, \(snapshot)::text::pg_snapshot)
    """
  }

  /// One statement, which sees one snapshot: when there is nothing new in it, the map is as good as that.
  static func news(since last: DirectoryPosition, on control: ControlConnection) async throws -> News {
    let row = try await control.query(
      """
      SELECT pg_current_snapshot()::text, \(epoch), f.xid <= pg_snapshot_xmin(\(last.snapshot)::text::pg_snapshot),
        EXISTS (SELECT FROM directory.change AS c WHERE \(unseen(last.snapshot)))
      FROM directory.change_floor AS f
      """
    ).only()
    let (snapshot, epoch, isKept, isChanged) = try row.decode((String, String, Bool, Bool).self)
    guard epoch == last.epoch, isKept else { return .gap }
    return isChanged ? .something : .nothing(DirectoryPosition(epoch: epoch, snapshot: snapshot))
  }

  /// The position of the caller's transaction, which keeps one snapshot.
  static func position(on control: ControlConnection) async throws -> DirectoryPosition {
    let (epoch, snapshot) = try await control.query("SELECT \(epoch), pg_current_snapshot()::text").only()
      .decode((String, String).self)
    return DirectoryPosition(epoch: epoch, snapshot: snapshot)
  }

  /// What changed since, as the caller's snapshot sees it; no changes when there are too many or a gap.
  static func changes(
    since last: DirectoryPosition, on control: ControlConnection
  ) async throws -> (DirectoryChanges?, DirectoryPosition) {
    let position = try await position(on: control)
    guard case .something = try await news(since: last, on: control) else { return (nil, position) }
    let rows = try await control.query(
      "SELECT DISTINCT c.kind, c.key FROM directory.change AS c WHERE \(unseen(last.snapshot)) LIMIT \(most + 1)"
    ).decode((String, String).self)
    guard rows.count <= most else { return (nil, position) }
    let keys = Dictionary(grouping: rows, by: { $0.0 }).mapValues { $0.map { $0.1 } }
    var changes = DirectoryChanges()
    if keys["region"] != nil { changes.regions = try await regions(on: control) }
    try await organizations(keys["organization"] ?? [], into: &changes, on: control)
    try await slugs(keys["slug"] ?? [], into: &changes, on: control)
    try await projectKeys(keys["project_key"] ?? [], into: &changes, on: control)
    return (changes, position)
  }

  /// About how many rows there are.
  static func counts(on control: ControlConnection) async throws -> (organizations: Int, slugs: Int, keys: Int) {
    let (organizations, slugs, keys) = try await control.query(
      """
      SELECT (SELECT count(*) FROM directory.organization_home), (SELECT count(*) FROM directory.slug),
        (SELECT count(*) FROM directory.project_key_owner)
      """
    ).only().decode((Int64, Int64, Int64).self)
    return (Int(organizations), Int(slugs), Int(keys))
  }

  /// Seconds after which every process has read a change, and written it down.
  static let settled: Int64 = 30

  /// Seconds since the last change that is older than so many; nil when none is remembered.
  static func lastChange(before seconds: Int64, on control: ControlConnection) async throws -> Double? {
    try await control.query(
      """
      SELECT extract(epoch FROM clock_timestamp() - max(c.at))::float8 FROM directory.change AS c
      WHERE c.at < clock_timestamp() - make_interval(secs => \(seconds)::float8)
      """
    ).only().decode(Double?.self)
  }

  // MARK: Regions

  static func regions(on control: ControlConnection) async throws -> DirectoryChanges.Regions {
    let rows = try await control.query(
      """
      SELECT r.number, r.name, r.locality, r.url, r.category, r.gateway, r.state, r.visible AND l.visible,
        r.accepts_organizations
      FROM control.region AS r JOIN control.locality AS l ON l.name = r.locality ORDER BY r.number LIMIT 4095
      """)
    let regions = try rows.decode((Int16, String, String, String, String, String, String, Bool, Bool).self).map { row in
      guard let number = RegionNumber(Int(row.0)), let category = RegionCategory(rawValue: row.4),
        let gateway = GatewayPolicy(rawValue: row.5), let state = RegionStore.State(rawValue: row.6)
      else { throw PostgresError(code: .decoding, message: "a region's row is not of this version") }
      return RegionEntry(
        number: number, name: try RegionName(row.1), locality: row.2, url: row.3, category: category, gateway: gateway,
        state: state, isVisible: row.7, acceptsOrganizations: row.8)
    }
    let chosen = try await control.query("SELECT region_number FROM directory.default_region").decode(Int16.self).first
    return DirectoryChanges.Regions(regions, defaultRegion: chosen.flatMap { RegionNumber(Int($0)) })
  }
}

extension DirectoryStore {
  /// Forgets changes in the order of their transactions, and raises the floor below which a follower reads everything again. What a transaction that is
  /// still open may have changed stays.
  static func pruneChanges(olderThan seconds: Int64, limit: Int, on control: ControlConnection) async throws {
    let floor = try await control.query(
      """
      SELECT max(c.xid)::text FROM (
        SELECT o.xid, o.at FROM directory.change AS o WHERE o.xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY o.xid LIMIT \(limit)) AS c
      WHERE c.at < clock_timestamp() - make_interval(secs => \(seconds)::float8)
      """
    ).only().decode(String?.self)
    guard let floor else { return }
    // Above it, so that a follower whose snapshot began with the last one that is forgotten knows.
    try await control.execute(
      """
      UPDATE directory.change_floor SET xid = (\(floor)::text::xid8::text::bigint + 1)::text::xid8
      WHERE xid <= \(floor)::text::xid8
      """)
    try await control.execute("DELETE FROM directory.change WHERE xid <= \(floor)::text::xid8")
  }
}
