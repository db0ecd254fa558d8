public import FoundationEssentials
public import Postgres
public import SyncProtocol

/// Rows that were found to differ although they must not: keys, columns and times, never values.
public enum IncidentStore {
  /// Open incidents kept of one silo. What is beyond shows in the comparison that found it.
  public static let openLimit: Int64 = 20_000
  /// Days that mended incidents are kept.
  public static let retentionDays: Int32 = 90

  public struct Incident: Sendable, Hashable {
    public let id: Int64
    public let stream: SiloNumber
    public let silo: SiloNumber
    public let row: RowReference
    public let difference: String
    public let columns: [String]
    public let firstSeen: Date
    public let lastSeen: Date
    public let count: Int32
    public let isOpen: Bool
  }

  /// Opens an incident a row, or counts the one that is open.
  static func note(
    _ items: [CompareQuestion.Mend], stream: SiloNumber, silo: SiloNumber, kind: Kind,
    on connection: PostgresConnection
  ) async throws {
    guard !items.isEmpty else { return }
    let columns = items.map { item -> String in
      if case .content(let names) = item.difference { names.joined(separator: ",") } else { "" }
    }
    try await connection.execute(
      """
      INSERT INTO outbox.incident AS i (stream, silo, kind, key, difference, columns)
      SELECT \(stream.stored), \(silo.stored), \(kind.name), n.key, n.difference,
        CASE WHEN n.columns = '' THEN '{}' ELSE string_to_array(n.columns, ',') END
      FROM unnest(\(items.map(\.key.text)), \(items.map(\.difference.code)), \(columns)) AS n (key, difference, columns)
      WHERE (SELECT count(*) FROM outbox.incident AS o WHERE o.silo = \(silo.stored) AND o.state = 'open')
        < \(openLimit)
      ON CONFLICT (silo, stream, kind, key) WHERE state = 'open' DO UPDATE SET difference = EXCLUDED.difference,
        columns = EXCLUDED.columns, last_seen = clock_timestamp(), count = i.count + 1
      """)
  }

  /// Ends the incidents of rows that are equal again.
  static func close(
    _ keys: [RowKey], stream: SiloNumber, silo: SiloNumber, kind: Kind, on connection: PostgresConnection
  ) async throws {
    guard !keys.isEmpty else { return }
    try await connection.execute(
      """
      UPDATE outbox.incident AS i SET state = 'mended', mended_at = clock_timestamp()
      WHERE i.silo = \(silo.stored) AND i.stream = \(stream.stored) AND i.kind = \(kind.name)
        AND i.key = ANY(\(keys.map(\.text))) AND i.state = 'open'
      """)
  }

  /// The keys of open incidents of a kind between two silos, at most `limit`.
  package static func openKeys(
    stream: SiloNumber, silo: SiloNumber, kind: Kind, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    try await connection.query(
      """
      SELECT i.key FROM outbox.incident AS i WHERE i.silo = \(silo.stored) AND i.stream = \(stream.stored)
        AND i.kind = \(kind.name) AND i.state = 'open' ORDER BY i.id LIMIT \(Int64(limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  /// The newest incidents, open ones first, of one pair of silos or of all.
  public static func list(
    of silo: SiloNumber? = nil, limit: Int, on connection: PostgresConnection
  ) async throws -> [Incident] {
    let pair: SQL = silo.map { "(i.silo = \($0.stored) OR i.stream = \($0.stored))" } ?? "true"
    return try await connection.query(
      """
      SELECT i.id, i.stream, i.silo, i.kind, i.key, i.difference, array_to_string(i.columns, ','), i.first_seen,
        i.last_seen, i.count, i.state = 'open'
      FROM outbox.incident AS i WHERE \(pair) ORDER BY i.state = 'open' DESC, i.id DESC LIMIT \(Int64(limit))
      """
    ).map { row in
      let (id, stream, silo, kind, key) = try (
        Int64(from: row[0]), Int16(from: row[1]), Int16(from: row[2]), String(from: row[3]), String(from: row[4])
      )
      guard let stream = SiloNumber(Int(stream)), let silo = SiloNumber(Int(silo)), let kind = Kind(kind),
        let key = RowKey(key)
      else { throw OutboxError(code: .malformedLog, message: "incident \(id) is malformed") }
      let columns = try String(from: row[6]).split(separator: ",").map(String.init)
      return Incident(
        id: id, stream: stream, silo: silo, row: RowReference(kind: kind, key: key),
        difference: try String(from: row[5]), columns: columns, firstSeen: try Date(from: row[7]),
        lastSeen: try Date(from: row[8]), count: try Int32(from: row[9]), isOpen: try Bool(from: row[10]))
    }
  }

  /// Forgets incidents that were mended long ago, and repairs that nobody fetched. Returns how many incidents.
  @discardableResult
  public static func prune(on connection: PostgresConnection) async throws -> Int {
    // A repair that no receiver acknowledged for so long is found by the next comparison again.
    try await connection.execute(
      "DELETE FROM outbox.repair AS r WHERE r.made < clock_timestamp() - make_interval(days => 7)")
    return try await connection.execute(
      """
      DELETE FROM outbox.incident AS i
      WHERE i.state = 'mended' AND i.mended_at < clock_timestamp() - make_interval(days => \(retentionDays))
      """)
  }
}
