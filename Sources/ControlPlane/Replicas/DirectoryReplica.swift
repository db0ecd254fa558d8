internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// The table that holds what regions say about one kind, with the version of each row and whose word it is.
struct DirectoryReplica: Sendable {
  let model: ReplicatedModel
  var table: SQL { "directory.\(identifier: model.kind.name)" }

  init(_ model: ReplicatedModel) { self.model = model }

  /// Writes rows unless what is there is newer.
  func upsert(_ rows: [RowImage], region: Int16, on connection: PostgresConnection) async throws {
    guard !rows.isEmpty else { return }
    let names = model.fields.map { SQL("\(identifier: $0.name)") }
    var columns: SQL = "id"
    var values: SQL = "x.id"
    var source: SQL = "unnest(\(rows.map(\.row.key).uuids)"
    var aliases: SQL = "id"
    var updates: SQL = "_region = EXCLUDED._region"
    for (field, name) in zip(model.fields, names) {
      columns += ", \(name)"
      values += ", x.\(name)::\(raw: field.type)"
      source += ", \(rows.map { $0.value(of: field.name) })"
      aliases += ", \(name)"
      updates += ", \(name) = EXCLUDED.\(name)"
    }
    source += ", \(rows.map(\.version.generation)), \(rows.map(\.version.epoch)), \(rows.map(\.version.head.value)))"
    try await connection.execute(
      """
      INSERT INTO \(table) AS t (\(columns), _region, _generation, _epoch, _head)
      SELECT \(values), \(region), x.g, x.e, x.h FROM \(source) AS x (\(aliases), g, e, h)
      WHERE NOT EXISTS (
        SELECT FROM outbox.tombstone d WHERE d.kind = \(model.kind.name) AND d.key = x.id::text
          AND (d.generation, d.epoch, d.head) > (x.g, x.e, x.h))
      ON CONFLICT (id) DO UPDATE SET \(updates), _generation = EXCLUDED._generation, _epoch = EXCLUDED._epoch,
        _head = EXCLUDED._head
      WHERE (t._generation, t._epoch, t._head) <= (EXCLUDED._generation, EXCLUDED._epoch, EXCLUDED._head)
      """)
    try await connection.execute(
      """
      DELETE FROM outbox.tombstone d USING \(table) t
      WHERE d.kind = \(model.kind.name) AND d.key = ANY(\(rows.map(\.row.key.text))) AND t.id = d.key::uuid
      """)
  }

  /// Deletes rows unless what is there is newer, and keeps the versions.
  func remove(_ rows: [RowImage], region: Int16, on connection: PostgresConnection) async throws {
    guard !rows.isEmpty else { return }
    let source: SQL = """
      unnest(\(rows.map(\.row.key).uuids), \(rows.map(\.version.generation)), \(rows.map(\.version.epoch)),
        \(rows.map(\.version.head.value))) AS x (id, g, e, h)
      """
    try await connection.execute(
      """
      DELETE FROM \(table) t USING \(source)
      WHERE t.id = x.id AND (t._generation, t._epoch, t._head) <= (x.g, x.e, x.h)
      """)
    try await connection.execute(
      """
      INSERT INTO outbox.tombstone AS d (kind, key, stream, generation, epoch, head)
      SELECT \(model.kind.name), x.id::text, \(region), x.g, x.e, x.h FROM \(source)
      WHERE NOT EXISTS (SELECT FROM \(table) t WHERE t.id = x.id)
      ON CONFLICT (kind, key) DO UPDATE SET stream = EXCLUDED.stream, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head
      WHERE (d.generation, d.epoch, d.head) <= (EXCLUDED.generation, EXCLUDED.epoch, EXCLUDED.head)
      """)
  }

  /// The first keys of a region's rows in `range` that are older than `version` in epoch and head.
  func older(
    than version: RowVersion, in range: KeyRange, region: Int16, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    var bounds: SQL = "true"
    if let after = range.after { bounds += " AND t.id > \(after.text)::text::uuid" }
    if let through = range.through { bounds += " AND t.id <= \(through.text)::text::uuid" }
    return try await connection.query(
      """
      SELECT t.id::text FROM \(table) t
      WHERE t._region = \(region) AND (t._epoch, t._head) < (\(version.epoch), \(version.head.value)) AND \(bounds)
      ORDER BY t.id LIMIT \(Int64(clamping: limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  /// The organization and the generation that each existing row is of.
  func owners(
    of keys: [RowKey], on connection: PostgresConnection
  ) async throws -> [RowKey: (organization: OrganizationID, region: Int16)] {
    let organization: SQL = model.kind == ReplicatedModels.organization.kind ? "t.id" : "t.organization_id"
    let rows = try await connection.query(
      "SELECT t.id::text, \(organization), t._region FROM \(table) t WHERE t.id = ANY(\(keys.uuids))")
    var owners: [RowKey: (organization: OrganizationID, region: Int16)] = [:]
    for (key, organization, region) in try rows.decode((String, UUID, Int16).self) {
      guard let key = RowKey(key) else { continue }
      owners[key] = (OrganizationID(organization), region)
    }
    return owners
  }
}

extension RowImage {
  /// The value of a field; nil when it is NULL or missing.
  func value(of name: String) -> String? { fields?.first { $0.name == name }?.value }
}

extension DirectoryReplica {
  /// Removes rows that did not come again in a resynchronization, whatever their generation, and keeps the bound as their version.
  func sweep(_ rows: [RowImage], region: Int16, on connection: PostgresConnection) async throws {
    guard !rows.isEmpty else { return }
    let keys = rows.map(\.row.key).uuids
    guard let version = rows.first?.version else { return }
    try await connection.execute(
      """
      WITH gone AS (DELETE FROM \(table) t WHERE t.id = ANY(\(keys)) RETURNING t.id, t._generation)
      INSERT INTO outbox.tombstone AS d (kind, key, stream, generation, epoch, head)
      SELECT \(model.kind.name), g.id::text, \(region), g._generation, \(version.epoch), \(version.head.value) FROM gone g
      ON CONFLICT (kind, key) DO UPDATE SET stream = EXCLUDED.stream, generation = EXCLUDED.generation,
        epoch = EXCLUDED.epoch, head = EXCLUDED.head
      """)
  }
}
