internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Control's sealed rows as they stand in the replicas, for giving them back.
enum ReceiptStore {
  /// The receipts of one kind behind a key, ascending by key. Rows without a seal prove nothing and stay here.
  static func page(
    _ model: ReplicatedModel, after last: RowKey?, limit: Int, on connection: RegionConnection
  ) async throws -> [ReceiptDocument] {
    var columns: SQL = ""
    for (index, field) in model.fields.enumerated() {
      if index > 0 { columns += ", " }
      columns += "r.\(identifier: field.name)::text"
    }
    let rows = try await connection.query(
      """
      SELECT r.id::text, ARRAY[\(columns)]::text[] FROM replica.\(identifier: model.kind.name) AS r
      WHERE r.receipt IS NOT NULL AND (\(last?.text)::uuid IS NULL OR r.id > \(last?.text)::uuid)
      ORDER BY r.id LIMIT \(Int64(limit))
      """)
    return try rows.decode((String, [String?]).self).compactMap { id, values in
      guard let key = RowKey(id) else { return nil }
      return ReceiptDocument(
        kind: model.kind, key: key,
        fields: zip(model.fields, values).map { RowImage.Field(name: $0.name, value: $1) })
    }
  }

  /// Organizations that ended here and API tokens that control took away, behind an id.
  static func ended(after last: RowKey?, limit: Int, on connection: RegionConnection) async throws -> [RowKey] {
    try await connection.query(
      """
      SELECT e.id::text FROM (SELECT o.id FROM region.ended_organization AS o UNION SELECT t.id FROM region.ended_api_token AS t) AS e
      WHERE \(last?.text)::uuid IS NULL OR e.id > \(last?.text)::uuid ORDER BY e.id LIMIT \(Int64(limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  /// Whether an organization ended here, so that nothing brings it back.
  static func isEnded(_ id: OrganizationID, on connection: RegionConnection) async throws -> Bool {
    try await !connection.query("SELECT 1 FROM region.ended_organization WHERE id = \(id)").isEmpty
  }
}
