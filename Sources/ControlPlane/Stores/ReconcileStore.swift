package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// The persisted state of a reconciliation: one row, and one per region.
package enum ReconcileStore {
  /// What it is about.
  package struct Matter: Sendable, Hashable {
    /// Under which receipts are returned.
    package let name: String
    package let epoch: Int32
    package let cause: String
    package let fork: Position
    package let began: Date?
    package let ended: Date?
  }

  package struct RegionLine: Sendable, Hashable {
    package let number: RegionNumber
    package let region: RegionName
    package let standing: Reconciliation.Standing
    package let receipts: Int64
    package let differences: Int64
    package let parked: Int64
  }

  package struct Parked: Sendable, Hashable {
    package let region: RegionName
    package let kind: String
    package let key: String
    package let code: String
    package let since: Date
  }

  /// The phase, and whether the database is still the one that the log's epoch began with.
  package static func phase(
    on control: ControlConnection
  ) async throws -> (phase: Reconciliation.Phase, isForeign: Bool) {
    let row = try await control.query(
      "SELECT r.phase, \(EpochStore.isForeign) FROM control.reconcile AS r"
    ).only()
    let (text, isForeign) = try row.decode((String, Bool).self)
    guard let phase = Reconciliation.Phase(rawValue: text) else { throw Self.unknown }
    return (phase, isForeign)
  }

  /// - Parameter locking: takes the row's lock, so that what regions and operators say comes one after the other.
  package static func load(
    locking: Bool, on control: ControlConnection
  ) async throws -> (state: Reconciliation, matter: Matter) {
    let lock: SQL = locking ? "FOR UPDATE" : ""
    let row = try await control.query(
      "SELECT phase, name, epoch, cause, fork, began, ended FROM control.reconcile \(lock)"
    ).only()
    let (phase, name, epoch, cause, fork, began, ended) = try row.decode(
      (String, String, Int32, String, Int64, Date?, Date?).self)
    guard let phase = Reconciliation.Phase(rawValue: phase), let fork = Position(fork) else { throw Self.unknown }
    let rows = try await control.query("SELECT region_number, standing FROM control.reconcile_region")
    var standings: [SiloNumber: Reconciliation.Standing] = [:]
    for (number, standing) in try rows.decode((Int16, String).self) {
      guard let silo = SiloNumber(Int(number)), let standing = Reconciliation.Standing(rawValue: standing) else {
        throw Self.unknown
      }
      standings[silo] = standing
    }
    return (
      Reconciliation(phase: phase, standings: standings),
      Matter(name: name, epoch: epoch, cause: cause, fork: fork, began: began, ended: ended)
    )
  }

  /// Writes what became of `before`.
  package static func save(
    _ after: Reconciliation, before: Reconciliation, now: Date, on control: ControlConnection
  ) async throws {
    let changed = after.standings.filter { before.standings[$0.key] != $0.value }.sorted { $0.key < $1.key }
    if !changed.isEmpty {
      try await control.execute(
        """
        INSERT INTO control.reconcile_region AS r (region_number, standing)
        SELECT * FROM unnest(\(changed.map { Int16($0.key.value) }), \(changed.map(\.value.rawValue)))
        ON CONFLICT (region_number) DO UPDATE SET standing = EXCLUDED.standing, changed = clock_timestamp()
        """)
    }
    guard after.phase != before.phase else { return }
    let ended: Date? = after.phase == .normal ? now : nil
    try await control.execute("UPDATE control.reconcile SET phase = \(after.phase.rawValue), ended = \(ended)")
  }

  package static func endCredentials(on control: ControlConnection) async throws {
    _ = try await control.query("SELECT control.end_credentials()")
  }

  /// Counts a page of receipts.
  package static func count(
    _ region: RegionNumber, receipts: Int64, differences: Int64, parked: Int64, on control: ControlConnection
  ) async throws -> Int64 {
    try await control.query(
      """
      INSERT INTO control.reconcile_region AS r (region_number, standing, receipts, differences, parked)
      VALUES (\(region.value), 'awaited', \(receipts), \(differences), \(parked))
      ON CONFLICT (region_number) DO UPDATE SET receipts = r.receipts + EXCLUDED.receipts,
        differences = r.differences + EXCLUDED.differences, parked = r.parked + EXCLUDED.parked
      RETURNING differences
      """
    ).only().decode(Int64.self)
  }

  package static func park(
    _ region: RegionNumber, kind: String, key: String, code: ParkedCode, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.parked_receipt AS p (region_number, kind, key, code)
      VALUES (\(region.value), \(kind), \(key), \(code.rawValue))
      ON CONFLICT (region_number, kind, key) DO UPDATE SET code = EXCLUDED.code
      """)
  }

  package static func lines(on control: ControlConnection) async throws -> [RegionLine] {
    let rows = try await control.query(
      """
      SELECT g.number, g.name, r.standing, r.receipts, r.differences, r.parked
      FROM control.reconcile_region r JOIN control.region g ON g.number = r.region_number ORDER BY g.name
      """)
    return try rows.decode((Int16, String, String, Int64, Int64, Int64).self).compactMap { row in
      guard let number = RegionNumber(Int(row.0)), let standing = Reconciliation.Standing(rawValue: row.2) else {
        return nil
      }
      return RegionLine(
        number: number, region: try RegionName(row.1), standing: standing, receipts: row.3, differences: row.4,
        parked: row.5)
    }
  }

  package static func parked(limit: Int, on control: ControlConnection) async throws -> [Parked] {
    let rows = try await control.query(
      """
      SELECT g.name, p.kind, p.key, p.code, p.parked FROM control.parked_receipt p
      JOIN control.region g ON g.number = p.region_number ORDER BY p.parked, p.key LIMIT \(limit)
      """)
    return try rows.decode((String, String, String, String, Date).self).map {
      Parked(region: try RegionName($0), kind: $1, key: $2, code: $3, since: $4)
    }
  }

  /// Control forgets how far it has applied a region's log: the region starts it over, and rows that were refused come again.
  package static func forgetCursors(of region: RegionNumber, on control: ControlConnection) async throws {
    try await control.execute("DELETE FROM outbox.quarantine WHERE stream = \(region.value)")
    try await control.execute("DELETE FROM outbox.cursor WHERE stream = \(region.value)")
  }

  private static let unknown = PostgresError(
    code: .decoding, message: "the state of the reconciliation is not of this version")
}
