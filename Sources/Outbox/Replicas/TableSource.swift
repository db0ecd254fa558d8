public import Postgres
public import SyncProtocol

/// Sends the rows of one captured table, projected to some columns, to everybody or to the silo that a column names.
public struct TableSource: KindSource {
  /// Whom a row concerns.
  public enum Audience: Sendable, Hashable {
    case everyone
    /// A smallint or integer column with a ``SiloNumber``; NULL concerns nobody. Deleted rows are announced to everyone by their key, because the
    /// row that named the receiver is gone: use a soft delete where keys must not be seen by others. Changing the column leaves the row
    /// at its former receiver.
    case column(String)
  }

  public let declaration: KindDeclaration
  let table: TableName
  let keyColumn: String
  let columns: [String]
  private let audience: Audience
  private let generationColumn: String?

  /// - Parameters:
  ///   - columns: the fields, besides the key, by the names that the receiver knows.
  ///   - generation: a bigint column with the home generation; nil for rows whose generation is always 0.
  public init(
    _ declaration: KindDeclaration, table: TableName, key: String = "id", columns: [String],
    audience: Audience = .everyone, generation: String? = nil
  ) {
    self.declaration = declaration
    self.table = table
    keyColumn = key
    self.columns = ([key] + columns.filter { $0 != key }).sorted()
    self.audience = audience
    generationColumn = generation
  }

  public func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    var receivers = Dictionary(keys.map { ($0, Receivers.all) }) { first, _ in first }
    guard case .column(let column) = audience else { return receivers }
    let rows = try await connection.query(
      """
      SELECT t.\(identifier: keyColumn)::text, t.\(identifier: column)::int8 FROM \(raw: table.quoted) AS t
      WHERE \(matches(keys))
      """)
    for (text, number) in try rows.decode((String, Int64?).self) {
      guard let key = RowKey(text) else { continue }
      receivers[key] = .only(number.flatMap { Int(exactly: $0) }.flatMap { SiloNumber($0) }.map { [$0] } ?? [])
    }
    return receivers
  }

  public func read(
    _ keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowKey: SourceRow] {
    try await statement(keys, for: receiver).run(on: connection)
  }

  public func reading(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading? { statement(keys, for: receiver) }

  private func statement(_ keys: [RowKey], for receiver: SiloNumber) -> SourceReading {
    SourceReading(
      "SELECT \(list) FROM \(raw: table.quoted) AS t WHERE \(matches(keys)) AND \(entitles(receiver))"
    ) { rows in
      var found: [RowKey: SourceRow] = [:]
      found.reserveCapacity(rows.count)
      for row in rows {
        guard let (key, row) = try decode(row) else { continue }
        found[key] = row
      }
      return found
    }
  }

  /// What ``decode(_:)`` reads: the key, which is a field as well, the generation, and the other columns.
  private var list: SQL {
    var list: SQL = "t.\(identifier: keyColumn)::text, \(generation)"
    for column in columns where column != keyColumn { list += ", t.\(identifier: column)::text" }
    return list
  }

  private func decode(_ row: PostgresRow) throws -> (key: RowKey, row: SourceRow)? {
    let text = try row.text(at: 0) ?? String(from: row[0])
    guard let key = RowKey(text) else { return nil }
    var fields: [RowImage.Field] = []
    fields.reserveCapacity(columns.count)
    var index = 2
    for name in columns {
      if name == keyColumn {
        fields.append(RowImage.Field(name: name, value: text))
      } else {
        fields.append(RowImage.Field(name: name, value: try row.text(at: index)))
        index += 1
      }
    }
    return (key, SourceRow(generation: try Int64(from: row[1]), fields: fields))
  }

  /// Keys and rows in one statement: the entitlement and the order are those of ``entitled(_:after:limit:on:)``.
  public func chunk(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [(key: RowKey, row: SourceRow)] {
    return try await connection.query(
      """
      SELECT \(list) FROM \(raw: table.quoted) AS t
      WHERE \(starts(after: last)) AND \(entitles(receiver)) ORDER BY t.\(identifier: keyColumn)\(order) LIMIT \(Int64(limit))
      """
    ).compactMap { try decode($0) }
  }

  /// The planner's estimate of a large table, else a count.
  public func estimate(_ receiver: SiloNumber, on connection: PostgresConnection) async throws -> Int64? {
    if case .everyone = audience {
      let known = try await connection.query(
        "SELECT reltuples::int8 FROM pg_class WHERE oid = to_regclass(\(table.quoted))"
      ).decode(Int64.self).first
      if let known, known > 100_000 { return known }
    }
    return try await connection.query(
      "SELECT count(*) FROM \(raw: table.quoted) AS t WHERE \(entitles(receiver))"
    ).only().decode(Int64.self)
  }

  /// In the order of the keys' bytes, whatever the database's collation is.
  private var order: SQL { declaration.keyType == .text ? #" COLLATE "C""# : "" }

  private func starts(after last: RowKey?) -> SQL {
    last.map { "t.\(identifier: keyColumn) > \($0.text)::text::\(keyType)\(order)" } ?? "true"
  }

  public func entitled(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    try await connection.query(
      """
      SELECT t.\(identifier: keyColumn)::text FROM \(raw: table.quoted) AS t
      WHERE \(starts(after: last)) AND \(entitles(receiver)) ORDER BY t.\(identifier: keyColumn)\(order) LIMIT \(Int64(limit))
      """
    ).decode(String.self).compactMap { RowKey($0) }
  }

  private var keyType: SQL { SQL(raw: declaration.keyType.rawValue) }

  private var generation: SQL {
    guard let generationColumn else { return "0::int8" }
    return "t.\(identifier: generationColumn)::int8"
  }

  private func matches(_ keys: [RowKey]) -> SQL {
    "t.\(identifier: keyColumn) = ANY(\(keys.map(\.text))::text[]::\(keyType)[])"
  }

  private func entitles(_ receiver: SiloNumber) -> SQL {
    guard case .column(let column) = audience else { return "true" }
    return "t.\(identifier: column) = \(receiver.stored)"
  }
}
