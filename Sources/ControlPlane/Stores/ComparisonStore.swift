package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

/// Comparisons with regions: what was asked for, where each stands, and what it found.
package enum ComparisonStore {
  package enum Origin: String, Sendable, Hashable { case `operator`, reconciler }

  package struct Comparison: Sendable, Hashable {
    package let id: UUID
    package let region: RegionNumber
    package let origin: Origin
    package let repairs: Bool
    package let state: String
    package let kinds: [String]
    package let compared: Int64
    package let divergences: Int64
    package let created: Date

    package var isOpen: Bool { state == "waiting" || state == "running" }
  }

  /// An open comparison and where it stands.
  package struct Step: Sendable {
    package let comparison: Comparison
    package let machine: [UInt8]?
    package let number: Int64
    /// Milliseconds until the agent may come.
    package let wait: Int64
  }

  /// A row of a result.
  package struct Row: Sendable, Hashable {
    package let direction: String
    package let kind: String
    package let key: String
    package let difference: String
    package let details: [String]
    package let owned: String?
    package let held: String?
    package let isMended: Bool
  }

  private static let columns: SQL = """
    c.id, c.region_number, c.origin, c.repairs, c.state, array_to_string(c.kinds, ','), c.compared, c.divergences, c.created
    """

  /// Asks for a comparison; false when one of that origin is open.
  package static func insert(
    _ id: UUID, region: RegionNumber, origin: Origin, kinds: [String], repairs: Bool, within seconds: Int32,
    on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.comparison (id, region_number, origin, repairs, kinds, deadline)
      VALUES (\(id), \(region.value), \(origin.rawValue), \(repairs), \(kinds),
        clock_timestamp() + make_interval(secs => \(Double(seconds))))
      ON CONFLICT (region_number, origin) WHERE state IN ('waiting', 'running') DO NOTHING
      """) == 1
  }

  /// Asks for one of every live region that had none for so long and has none open, at most `limit`. Returns how many.
  package static func insertDue(
    after seconds: Int32, within deadline: Int32, limit: Int, on control: ControlConnection
  ) async throws -> Int {
    try await control.execute(
      """
      INSERT INTO control.comparison (id, region_number, origin, repairs, kinds, deadline)
      SELECT gen_random_uuid(), r.number, 'reconciler', true, '{}',
        clock_timestamp() + make_interval(secs => \(Double(deadline)))
      FROM control.region r JOIN control.agent_session s ON s.region_number = r.number
      WHERE r.state = 'active' AND s.seen > clock_timestamp() - make_interval(mins => 2)
        AND s.opened < clock_timestamp() - make_interval(secs => \(Double(seconds) / 10))
        AND NOT EXISTS (SELECT FROM control.comparison c WHERE c.region_number = r.number
          AND (c.state IN ('waiting', 'running') OR c.finished > clock_timestamp() - make_interval(secs => \(Double(seconds)))))
      ORDER BY r.number LIMIT \(limit)
      ON CONFLICT (region_number, origin) WHERE state IN ('waiting', 'running') DO NOTHING
      """)
  }

  package static func find(_ id: UUID, on control: ControlConnection) async throws -> Comparison? {
    try comparisons(
      try await control.query("SELECT \(columns) FROM control.comparison c WHERE c.id = \(id)")
    ).first
  }

  /// The open comparison of a region and origin.
  package static func open(
    of region: RegionNumber, origin: Origin, on control: ControlConnection
  ) async throws -> Comparison? {
    try comparisons(
      try await control.query(
        """
        SELECT \(columns) FROM control.comparison c
        WHERE c.region_number = \(region.value) AND c.origin = \(origin.rawValue) AND c.state IN ('waiting', 'running')
        """)
    ).first
  }

  /// Regions whose agents should come now.
  package static func dueRegions(on control: ControlConnection) async throws -> [RegionNumber] {
    try await control.query(
      """
      SELECT DISTINCT c.region_number FROM control.comparison c
      WHERE c.state IN ('waiting', 'running') AND c.due <= clock_timestamp() LIMIT 4095
      """
    ).decode(Int16.self).compactMap { RegionNumber(Int($0)) }
  }

  /// The comparison that a region's agent is to carry on: an operator's first.
  package static func next(of region: RegionNumber, on control: ControlConnection) async throws -> Step? {
    let rows = try await control.query(
      """
      SELECT \(columns), c.machine, c.step,
        GREATEST(0, extract(epoch FROM c.due - clock_timestamp()) * 1000)::int8
      FROM control.comparison c
      WHERE c.region_number = \(region.value) AND c.state IN ('waiting', 'running')
      ORDER BY c.due > clock_timestamp(), c.origin LIMIT 1
      """)
    guard let row = rows.first, let comparison = try comparisons(rows).first else { return nil }
    return Step(
      comparison: comparison, machine: try [UInt8]?(from: row[9]), number: try Int64(from: row[10]),
      wait: try Int64(from: row[11]))
  }

  /// Keeps where a comparison stands; false when another process carried it on meanwhile.
  package static func save(
    _ id: UUID, step: Int64, machine: [UInt8]?, state: String, due: Int64, compared: Int64, divergences: Int64,
    on control: ControlConnection
  ) async throws -> Bool {
    let isOver = machine == nil
    return try await control.execute(
      """
      UPDATE control.comparison SET machine = \(machine), state = \(state), step = step + 1,
        due = clock_timestamp() + make_interval(secs => \(Double(due) / 1000)), compared = \(compared),
        divergences = \(divergences), started = COALESCE(started, clock_timestamp()),
        finished = CASE WHEN \(isOver) THEN clock_timestamp() END
      WHERE id = \(id) AND step = \(step) AND state IN ('waiting', 'running')
      """) == 1
  }

  /// Ends those whose agents never came or never finished. Returns how many.
  package static func abandonLate(on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      UPDATE control.comparison SET state = 'abandoned', machine = NULL, finished = clock_timestamp()
      WHERE state IN ('waiting', 'running') AND deadline < clock_timestamp()
      """)
  }

  /// Forgets results after a week; the incidents stay.
  package static func prune(limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.comparison WHERE id IN (
        SELECT c.id FROM control.comparison c
        WHERE c.finished < clock_timestamp() - make_interval(days => 7) ORDER BY c.finished LIMIT \(limit))
      """)
  }

  // MARK: Results

  package static func record(
    _ reports: [ComparisonReport], of id: UUID, on control: ControlConnection
  ) async throws {
    for report in reports {
      switch report {
      case .row(let finding):
        try await control.execute(
          """
          INSERT INTO control.comparison_row
            (comparison, direction, kind, key, difference, details, owned_version, held_version)
          VALUES (\(id), \(direction(finding.stream)), \(finding.row.kind.name), \(finding.row.key.text),
            \(finding.difference.code), \(finding.difference.details), \(finding.owned.map(text)),
            \(finding.held.map(text)))
          ON CONFLICT (comparison, direction, kind, key) DO UPDATE SET difference = EXCLUDED.difference,
            details = EXCLUDED.details, owned_version = EXCLUDED.owned_version, held_version = EXCLUDED.held_version
          """)
      case .mended(let row, let stream):
        try await control.execute(
          """
          UPDATE control.comparison_row SET mended = true
          WHERE comparison = \(id) AND direction = \(direction(stream)) AND kind = \(row.kind.name)
            AND key = \(row.key.text)
          """)
      case .refused(let refusal, let kind, let stream):
        try await control.execute(
          """
          INSERT INTO control.comparison_row (comparison, direction, kind, key, difference)
          VALUES (\(id), \(direction(stream)), \(kind.name), '', \(refusal.rawValue)) ON CONFLICT DO NOTHING
          """)
      }
    }
  }

  package static func rows(of id: UUID, limit: Int, on control: ControlConnection) async throws -> [Row] {
    try await control.query(
      """
      SELECT w.direction, w.kind, w.key, w.difference, array_to_string(w.details, ','), w.owned_version, w.held_version,
        w.mended
      FROM control.comparison_row w WHERE w.comparison = \(id) ORDER BY w.direction, w.kind, w.key LIMIT \(limit)
      """
    ).decode((String, String, String, String, String, String?, String?, Bool).self).map { row in
      Row(
        direction: row.0, kind: row.1, key: row.2, difference: row.3,
        details: row.4.split(separator: ",").map(String.init), owned: row.5, held: row.6, isMended: row.7)
    }
  }

  private static func direction(_ stream: SiloNumber) -> String { stream == .control ? "down" : "up" }

  private static func text(_ version: RowVersion) -> String {
    "\(version.generation)/\(version.epoch)/\(version.head)"
  }

  private static func comparisons(_ rows: PostgresRows) throws -> [Comparison] {
    try rows.map { row in
      guard let region = RegionNumber(Int(try Int16(from: row[1]))),
        let origin = Origin(rawValue: try String(from: row[2]))
      else { throw PostgresError(code: .decoding, message: "a comparison's row is not of this version") }
      return Comparison(
        id: try UUID(from: row[0]), region: region, origin: origin, repairs: try Bool(from: row[3]),
        state: try String(from: row[4]), kinds: try String(from: row[5]).split(separator: ",").map(String.init),
        compared: try Int64(from: row[6]), divergences: try Int64(from: row[7]), created: try Date(from: row[8]))
    }
  }
}
