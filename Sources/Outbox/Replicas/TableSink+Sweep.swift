public import Postgres
public import SyncProtocol

extension TableSink {
  public func sweep(
    _ stream: SiloNumber, range: KeyRange, keeping kept: Set<RowKey>, olderThan version: RowVersion, limit: Int,
    on connection: PostgresConnection
  ) async throws -> [RowKey] {
    var ownership: SQL = "true"
    if let streamColumn { ownership = "r.\(identifier: streamColumn) = \(stream.stored)" }
    let most = limit.addingReportingOverflow(kept.count)
    // Everything in the range that is older: mostly nothing. What came in the chunk and was refused, or is of a higher generation, stays.
    let found = try await connection.query(
      """
      SELECT r.\(identifier: keyColumn.name)::text FROM \(raw: table.quoted) AS r
      WHERE \(bounds(range)) AND (r._epoch, r._head) < (\(version.epoch), \(version.head.value)) AND \(ownership)
      ORDER BY r.\(identifier: keyColumn.name)\(collation) LIMIT \(Int64(clamping: most.overflow ? .max : most.partialValue))
      """
    ).decode(String.self).compactMap { RowKey($0) }
    let old = Array(found.lazy.filter { !kept.contains($0) }.prefix(limit))
    guard !old.isEmpty else { return [] }
    try await connection.execute(
      """
      WITH gone AS (
        DELETE FROM \(raw: table.quoted) AS r
        WHERE r.\(identifier: keyColumn.name) = ANY(\(old.map(\.text))::text[]::\(raw: keyColumn.type)[]) AND \(ownership)
        RETURNING r.\(identifier: keyColumn.name)::text AS key, r._generation AS generation
      )
      INSERT INTO outbox.tombstone AS t (kind, key, stream, generation, epoch, head)
      SELECT \(declaration.kind.name), gone.key, \(stream.stored), gone.generation, \(version.epoch),
        \(version.head.value)
      FROM gone
      ON CONFLICT (kind, key) DO UPDATE SET stream = EXCLUDED.stream, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head
      """)
    return old
  }

  private var collation: SQL { declaration.keyType == .text ? " COLLATE \"C\"" : "" }

  func bounds(_ range: KeyRange) -> SQL {
    let name: SQL = "r.\(identifier: keyColumn.name)\(collation)"
    var bounds: SQL = "true"
    if let after = range.after { bounds += " AND \(name) > \(after.text)::text::\(raw: keyColumn.type)" }
    if let through = range.through { bounds += " AND \(name) <= \(through.text)::text::\(raw: keyColumn.type)" }
    return bounds
  }
}
