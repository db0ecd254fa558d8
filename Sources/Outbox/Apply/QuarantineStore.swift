internal import FoundationEssentials
public import Postgres
public import SyncProtocol

/// Rows that could not be applied, kept for operators until a later version of the row applies.
public enum QuarantineStore {
  /// One quarantined row.
  public struct Entry: Sendable, Hashable {
    public let stream: SiloNumber
    public let row: RowReference
    public let code: String
    public let count: Int32
  }

  /// The oldest quarantined rows, at most `limit`.
  public static func list(limit: Int, on connection: PostgresConnection) async throws -> [Entry] {
    try await connection.query(
      """
      SELECT stream, kind, key, code, count FROM outbox.quarantine ORDER BY first_seen, kind, key LIMIT \(Int64(limit))
      """
    ).decode((Int16, String, String, String, Int32).self).compactMap { stream, kind, key, code, count in
      guard let stream = SiloNumber(Int(stream)), let kind = Kind(kind), let key = RowKey(key) else { return nil }
      return Entry(stream: stream, row: RowReference(kind: kind, key: key), code: code, count: count)
    }
  }

  /// Reads the quarantined rows of a stream, as they are reported to its sender.
  static func nacks(_ stream: SiloNumber, limit: Int64) -> SQL {
    """
    SELECT kind, key, code, generation, epoch, head FROM outbox.quarantine WHERE stream = \(stream.stored)
    ORDER BY last_seen DESC LIMIT \(limit)
    """
  }

  /// What that statement read.
  static func nacks(_ rows: PostgresRows) throws -> [Nack] {
    try rows.decode((String, String, String, Int64, Int32, Int64).self).compactMap {
      kind, key, code, generation, epoch, head in
      guard let kind = Kind(kind), let key = RowKey(key), let head = Position(head) else { return nil }
      return Nack(
        row: RowReference(kind: kind, key: key), code: code,
        version: RowVersion(generation: generation, epoch: epoch, head: head))
    }
  }

  /// The keys of a kind whose states at or after a version were refused; removes that were refused keep nothing.
  static func keys(
    of kind: Kind, from stream: SiloNumber, since version: RowVersion, on connection: PostgresConnection
  ) async throws -> Set<RowKey> {
    let rows = try await connection.query(
      """
      SELECT q.key FROM outbox.quarantine AS q
      WHERE q.stream = \(stream.stored) AND q.kind = \(kind.name) AND q.fields IS NOT NULL
        AND (q.epoch, q.head) >= (\(version.epoch), \(version.head.value))
      """)
    return Set(try rows.decode(String.self).compactMap { RowKey($0) })
  }

  /// Keeps the refused rows of a batch and releases those that applied, in the caller's transaction. A newer state in quarantine is neither
  /// replaced nor released by an older one that comes late, as a chunk may.
  static func record(
    _ rows: [RowImage], refused: [RowReference: String], stream: SiloNumber, on connection: PostgresConnection
  ) async throws {
    let applied = rows.filter { refused[$0.row] == nil }
    // One row more or less released is nobody's to wait for: with the next statement, or with the COMMIT.
    try await connection.enqueue(
      """
      DELETE FROM outbox.quarantine AS q
      USING unnest(\(applied.map(\.row.kind.name)), \(applied.map(\.row.key.text)), \(applied.map(\.version.generation)),
        \(applied.map(\.version.epoch)), \(applied.map(\.version.head.value))) AS n (kind, key, generation, epoch, head)
      WHERE q.stream = \(stream.stored) AND q.kind = n.kind AND q.key = n.key
        AND (q.generation, q.epoch, q.head) <= (n.generation, n.epoch, n.head)
      """)
    let kept = rows.compactMap { row in refused[row.row].map { (row, $0) } }
    guard !kept.isEmpty else { return }
    try await connection.enqueue(
      """
      INSERT INTO outbox.quarantine AS q (stream, kind, key, code, generation, epoch, head, fields)
      SELECT \(stream.stored), n.kind, n.key, n.code, n.generation, n.epoch, n.head, n.fields::jsonb
      FROM unnest(\(kept.map(\.0.row.kind.name)), \(kept.map(\.0.row.key.text)), \(kept.map(\.1)),
        \(kept.map(\.0.version.generation)), \(kept.map(\.0.version.epoch)), \(kept.map(\.0.version.head.value)),
        \(kept.map { document($0.0.fields) })) AS n (kind, key, code, generation, epoch, head, fields)
      ON CONFLICT (stream, kind, key) DO UPDATE SET code = EXCLUDED.code, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head, fields = EXCLUDED.fields, last_seen = clock_timestamp(),
        count = q.count + 1
        WHERE (q.generation, q.epoch, q.head) <= (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.head)
      """)
  }

  /// The fields as a JSON object; nil for a remove.
  private static func document(_ fields: [RowImage.Field]?) -> String? {
    guard let fields else { return nil }
    var writer: [String] = []
    for field in fields {
      let value = field.value.map { JSONValue.string($0) } ?? JSONValue.null
      let name = String(decoding: JSONWriter.write(.string(field.name)), as: UTF8.self)
      writer.append("\(name):\(String(decoding: JSONWriter.write(value), as: UTF8.self))")
    }
    return "{\(writer.joined(separator: ","))}"
  }
}
