public import Postgres
public import SyncProtocol

/// Writes a kind into one replica table: a key column, the fields' columns, and the hidden version columns `_generation bigint`, `_epoch
/// integer`, `_head bigint`. One `unnest` upsert writes a batch; a row or remove applies unless what is there is newer.
///
/// Nothing waits for the answers of its statements: they go out with what follows, up to the COMMIT.
///
/// The table needs no unique or foreign keys besides its key: a replica takes what its source had, in whatever order.
public struct TableSink: KindSink {
  public let declaration: KindDeclaration
  let table: TableName
  let keyColumn: ReplicaColumn
  let columns: [ReplicaColumn]
  let streamColumn: String?
  private let admission: (any RowAdmission)?

  /// - Parameters:
  ///   - columns: the fields besides the key; a field that is missing in a row is NULL, one that is not named here is ignored.
  ///   - stream: a smallint column with the number of the silo whose word a row is, for tables into which several silos write: one's rows
  ///     are never written, removed or swept by another, unless the row's generation rose.
  ///   - admission: refuses rows before they are written.
  public init(
    _ declaration: KindDeclaration, table: TableName, key: ReplicaColumn? = nil, columns: [ReplicaColumn],
    stream: String? = nil, admission: (any RowAdmission)? = nil
  ) {
    self.declaration = declaration
    self.table = table
    let key = key ?? ReplicaColumn(unchecked: "id", declaration.keyType.rawValue)
    keyColumn = key
    self.columns = columns.filter { $0.name != key.name }
    streamColumn = stream
    self.admission = admission
  }

  public func prepare(on connection: PostgresConnection) async throws {
    try await KindStore.declareReplica(table, kind: declaration.kind.name, on: connection)
  }

  public func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    let refusals = try await refusals(rows, context: context, on: connection)
    let refused = Set(refusals.map(\.key))
    let admitted = refused.isEmpty ? rows : rows.filter { !refused.contains($0.row.key) }
    let removes = admitted.filter { $0.fields == nil }
    let writes = removes.isEmpty ? admitted : admitted.filter { $0.fields != nil }
    try await write(writes, context: context, on: connection)
    try await remove(removes, context: context, on: connection)
    return refusals
  }

  func refusals(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    try await admission?.refusals(rows, context: context, on: connection) ?? []
  }

  private func write(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws {
    guard !rows.isEmpty else { return }
    let batch = ReplicaBatch(rows, key: keyColumn, columns: columns)
    var targets: SQL = "\(identifier: keyColumn.name), _generation, _epoch, _head"
    var values: SQL = "\(batch.key), \(batch.version)"
    var updates: SQL = "_generation = EXCLUDED._generation, _epoch = EXCLUDED._epoch, _head = EXCLUDED._head"
    for (column, value) in zip(columns, batch.values) {
      targets += ", \(identifier: column.name)"
      values += ", \(value)"
      updates += ", \(identifier: column.name) = EXCLUDED.\(identifier: column.name)"
    }
    var ownership: SQL = "true"
    if let streamColumn {
      targets += ", \(identifier: streamColumn)"
      values += ", \(context.stream.stored)"
      updates += ", \(identifier: streamColumn) = EXCLUDED.\(identifier: streamColumn)"
      ownership = """
        (r.\(identifier: streamColumn) = EXCLUDED.\(identifier: streamColumn) OR EXCLUDED._generation > r._generation)
        """
    }
    // Most batches meet no tombstone of their kind: then no row is looked up.
    try await connection.enqueue(
      """
      WITH i AS (SELECT * FROM \(batch.source)),
      known AS (
        DELETE FROM outbox.tombstone AS t USING i WHERE t.kind = \(declaration.kind.name) AND t.key = \(batch.keyText)
          AND (t.generation, t.epoch, t.head) <= (\(batch.version))
      )
      INSERT INTO \(raw: table.quoted) AS r (\(targets))
      SELECT \(values) FROM i
      WHERE NOT (SELECT EXISTS (SELECT FROM outbox.tombstone AS t WHERE t.kind = \(declaration.kind.name)))
        OR NOT EXISTS (SELECT FROM outbox.tombstone AS t WHERE t.kind = \(declaration.kind.name)
          AND t.key = \(batch.keyText) AND (t.generation, t.epoch, t.head) > (\(batch.version)))
      ON CONFLICT (\(identifier: keyColumn.name)) DO UPDATE SET \(updates)
      WHERE (r._generation, r._epoch, r._head) <= (EXCLUDED._generation, EXCLUDED._epoch, EXCLUDED._head)
        AND \(ownership)
      """)
  }

  /// Deletes what is not newer and keeps the version of the removal, also for keys that were never here.
  private func remove(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws {
    guard !rows.isEmpty else { return }
    var ownership: SQL = "true"
    if let streamColumn {
      ownership = "(r.\(identifier: streamColumn) = \(context.stream.stored) OR i.generation > r._generation)"
    }
    try await connection.enqueue(
      """
      WITH i AS (
        SELECT * FROM unnest(\(rows.map(\.row.key.text)), \(rows.map(\.version.generation)),
          \(rows.map(\.version.epoch)), \(rows.map(\.version.head.value))) AS n (key, generation, epoch, head)
      ),
      gone AS (
        DELETE FROM \(raw: table.quoted) AS r USING i
        WHERE r.\(identifier: keyColumn.name) = i.key::\(raw: keyColumn.type)
          AND (r._generation, r._epoch, r._head) <= (i.generation, i.epoch, i.head) AND \(ownership)
        RETURNING i.key
      )
      INSERT INTO outbox.tombstone AS t (kind, key, stream, generation, epoch, head)
      SELECT \(declaration.kind.name), i.key, \(context.stream.stored), i.generation, i.epoch, i.head FROM i
      WHERE i.key IN (SELECT gone.key FROM gone) OR NOT EXISTS (
        SELECT FROM \(raw: table.quoted) AS r WHERE r.\(identifier: keyColumn.name) = i.key::\(raw: keyColumn.type))
      ON CONFLICT (kind, key) DO UPDATE SET stream = EXCLUDED.stream, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head
      WHERE (t.generation, t.epoch, t.head) <= (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.head)
      """)
  }

  public func current(_ keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: SourceRow] {
    var list: SQL = "r.\(identifier: keyColumn.name)::text, r._generation"
    for column in columns { list += ", r.\(identifier: column.name)::text" }
    let rows = try await connection.query(
      """
      SELECT \(list) FROM \(raw: table.quoted) AS r
      WHERE r.\(identifier: keyColumn.name) = ANY(\(keys.map(\.text))::text[]::\(raw: keyColumn.type)[])
      """)
    var found: [RowKey: SourceRow] = [:]
    for row in rows {
      let text = try String(from: row[0])
      guard let key = RowKey(text) else { continue }
      var values: [(name: String, value: String?)] = [(keyColumn.name, text)]
      for (index, column) in columns.enumerated() {
        values.append((column.name, try String?(from: row[index + 2])))
      }
      found[key] = SourceRow(generation: try Int64(from: row[1]), values: values)
    }
    return found
  }
}

extension ReplicaColumn {
  init(unchecked name: String, _ type: String) {
    self.name = name
    self.type = type
  }
}
