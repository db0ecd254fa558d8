package import Outbox
package import Postgres
package import Silo
package import SyncProtocol

/// What this region sends of one kind of its own rows. Control is the only receiver and is entitled to all of them.
package struct RegionSource: ComparableSource {
  package let declaration: KindDeclaration
  private let table: String
  private let columns: [SQL]
  private let names: [String]
  private let generation: SQL
  /// Every key that control must hear of when it is started over.
  private let keys: SQL

  /// - Parameter model: one of ``ReplicatedModels/toControl``; its table in the schema `region` has the kind's name.
  package init(_ model: ReplicatedModel) {
    declaration = KindDeclaration(model.kind, key: .uuid, lane: model.lane)
    table = model.kind.name
    let fields = model.fields.map(\.name).sorted()
    names = fields
    columns = fields.map(Self.expression)
    let rows: SQL = "SELECT id FROM region.\(identifier: model.kind.name)"
    // A membership that ended, or was refused, while its grant still lives: control ends the grant when it reads the remove.
    keys =
      model.kind == ReplicatedModels.member.kind ? rows + " UNION SELECT grant_id FROM region.grant_decision" : rows
    generation =
      model.kind == ReplicatedModels.organization.kind
      ? "t.generation" : "(SELECT o.generation FROM region.organization AS o WHERE o.id = t.organization_id)"
  }

  /// All sources of a region.
  package static let all: [any KindSource] = ReplicatedModels.toControl.map { RegionSource($0) }

  package var projection: [String] { names }

  package func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    Dictionary(keys.map { ($0, .only([.control])) }, uniquingKeysWith: { first, _ in first })
  }

  package func read(
    _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowKey: SourceRow] {
    guard receiver == .control else { return [:] }
    var values: SQL = ""
    for (index, column) in columns.enumerated() { values += index == 0 ? column : ", " + column }
    let rows = try await connection.query(
      """
      SELECT t.id::text, \(generation), ARRAY[\(values)]::text[]
      FROM region.\(identifier: table) AS t WHERE t.id = ANY(\(keys.map(\.text))::uuid[])
      """)
    var found: [RowKey: SourceRow] = [:]
    for row in rows {
      let (id, generation, values) = try row.decode((String, Int64, [String?]).self)
      guard let key = RowKey(id) else { continue }
      found[key] = SourceRow(generation: generation, values: Array(zip(names, values)).map { (name: $0, value: $1) })
    }
    guard found.count < keys.count else { return found }
    // A remove must beat what control has, whatever organization the row belonged to.
    let highest = try await highestGeneration(on: connection)
    for key in keys where found[key] == nil { found[key] = SourceRow(generation: highest, fields: nil) }
    return found
  }

  package func entitled(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    guard receiver == .control else { return [] }
    return try await connection.query(
      """
      SELECT id::text FROM (\(keys)) AS k (id)
      WHERE \(last?.text)::uuid IS NULL OR id > \(last?.text)::uuid ORDER BY id LIMIT \(Int64(limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  package func estimate(_ receiver: SiloNumber, on connection: PostgresConnection) async throws -> Int64? {
    guard receiver == .control else { return 0 }
    return try await connection.query("SELECT count(*) FROM (\(keys)) AS k").only().decode(Int64.self)
  }

  private func highestGeneration(on connection: PostgresConnection) async throws -> Int64 {
    try await connection.query("SELECT generation FROM region.highest_generation").only().decode(Int64.self)
  }

  /// A column in the form that travels, whatever the session's settings are.
  private static func expression(_ column: String) -> SQL {
    switch column {
    case "token_digest": "encode(t.token_digest, 'hex')"
    case "expires_at":
      #"to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    default: "t.\(identifier: column)::text"
    }
  }
}
