internal import FoundationEssentials
package import Outbox
package import Postgres
internal import Silo
package import SyncProtocol

extension UpstreamSink: ComparableSink {
  package var projection: [String] { model.fields.map(\.name).sorted() }

  package func held(
    from stream: SiloNumber, after: RowKey?, through: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [HeldRow] {
    var bounds: SQL = "true"
    if let after { bounds += " AND t.id > \(after.text)::text::uuid" }
    if let through { bounds += " AND t.id <= \(through.text)::text::uuid" }
    return try await replica.held(
      "\(bounds) AND t._region = \(stream.stored) ORDER BY t.id LIMIT \(limit)", on: connection)
  }

  package func held(
    from stream: SiloNumber, keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [HeldRow] {
    try await replica.held("t.id = ANY(\(keys.uuids)) AND t._region = \(stream.stored)", on: connection)
  }

  /// A row that names another organization than its region's would be defended against its own region.
  package func mustRelease(_ difference: RowDifference) -> Bool {
    switch difference {
    case .staleVersion: true
    case .content(let columns): columns.contains("organization_id")
    default: false
    }
  }

  package func release(_ keys: [RowKey], from stream: SiloNumber, on connection: PostgresConnection) async throws {
    try await replica.release(keys, region: stream.stored, on: connection)
  }
}

extension DirectoryReplica {
  /// Rows that meet a condition, with values as they travelled.
  fileprivate func held(_ condition: SQL, on connection: PostgresConnection) async throws -> [HeldRow] {
    var list: SQL = "t.id::text, t._generation, t._epoch, t._head"
    for field in model.fields {
      list +=
        field.type == "timestamptz"
        ? #", to_char(t.\#(identifier: field.name) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
        : ", t.\(identifier: field.name)::text"
    }
    return try await connection.query("SELECT \(list) FROM \(table) AS t WHERE \(condition)").compactMap { row in
      guard let key = RowKey(try String(from: row[0])) else { return nil }
      let fields = try model.fields.enumerated().map { index, field in
        RowImage.Field(name: field.name, value: try String?(from: row[index + 4]))
      }
      return HeldRow(
        key: key,
        version: RowVersion(clamping: try Int64(from: row[1]), try Int32(from: row[2]), try Int64(from: row[3])),
        fields: fields.sorted { $0.name < $1.name })
    }
  }

  /// Deletes a region's rows without keeping their versions: whatever the region sends next is taken.
  fileprivate func release(_ keys: [RowKey], region: Int16, on connection: PostgresConnection) async throws {
    try await connection.execute("DELETE FROM \(table) AS t WHERE t.id = ANY(\(keys.uuids)) AND t._region = \(region)")
    try await connection.execute(
      """
      DELETE FROM outbox.tombstone AS d
      WHERE d.kind = \(model.kind.name) AND d.stream = \(region) AND d.key = ANY(\(keys.map(\.text)))
      """)
  }
}
