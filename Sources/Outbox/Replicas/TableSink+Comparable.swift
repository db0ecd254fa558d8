public import Postgres
public import SyncProtocol

extension TableSink: ComparableSink {
  public var projection: [String] { columns.map(\.name).sorted() }

  public func held(
    from stream: SiloNumber, after: RowKey?, through: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [HeldRow] {
    let order: SQL = declaration.keyType == .text ? #" COLLATE "C""# : ""
    var bounds: SQL = "true"
    if let after { bounds += " AND \(key) > \(after.text)::text::\(raw: keyColumn.type)\(order)" }
    if let through { bounds += " AND \(key) <= \(through.text)::text::\(raw: keyColumn.type)\(order)" }
    return try await read(
      "\(bounds) AND \(ownership(stream)) ORDER BY \(key)\(order) LIMIT \(Int64(limit))", on: connection)
  }

  public func held(
    from stream: SiloNumber, keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [HeldRow] {
    try await read(
      "\(key) = ANY(\(keys.map(\.text))::text[]::\(raw: keyColumn.type)[]) AND \(ownership(stream))", on: connection)
  }

  /// Takes the version away, and the memory of a removal with a version nobody can reach.
  public func release(
    _ keys: [RowKey], from stream: SiloNumber, on connection: PostgresConnection
  ) async throws {
    try await connection.execute(
      """
      UPDATE \(raw: table.quoted) AS r SET _generation = 0, _epoch = 0, _head = 0
      WHERE \(key) = ANY(\(keys.map(\.text))::text[]::\(raw: keyColumn.type)[]) AND \(ownership(stream))
      """)
    try await connection.execute(
      """
      DELETE FROM outbox.tombstone AS t
      WHERE t.kind = \(declaration.kind.name) AND t.stream = \(stream.stored) AND t.key = ANY(\(keys.map(\.text)))
      """)
  }

  private var key: SQL { "r.\(identifier: keyColumn.name)" }

  private func ownership(_ stream: SiloNumber) -> SQL {
    guard let streamColumn else { return "true" }
    return "r.\(identifier: streamColumn) = \(stream.stored)"
  }

  private func read(_ condition: SQL, on connection: PostgresConnection) async throws -> [HeldRow] {
    var list: SQL = "\(key)::text, r._generation, r._epoch, r._head"
    for column in columns { list += ", r.\(identifier: column.name)::text" }
    let rows = try await connection.query("SELECT \(list) FROM \(raw: table.quoted) AS r WHERE \(condition)")
    var held: [HeldRow] = []
    held.reserveCapacity(rows.count)
    for row in rows {
      guard let key = RowKey(try String(from: row[0])) else { continue }
      let fields = try columns.enumerated().map { index, column in
        RowImage.Field(name: column.name, value: try String?(from: row[index + 4]))
      }
      held.append(
        HeldRow(
          key: key,
          version: RowVersion(clamping: try Int64(from: row[1]), try Int32(from: row[2]), try Int64(from: row[3])),
          fields: fields))
    }
    return held
  }
}
