public import Postgres
public import SyncProtocol

extension TableSink {
  /// With `COPY`, which costs the server a third of an upsert that finds nothing to update. A row that another stream writes at the same moment violates
  /// the key; the caller then applies the chunk row by row, as after any row that is refused.
  public func fill(
    _ rows: [RowImage], range: KeyRange, context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal]? {
    guard !rows.isEmpty, rows.allSatisfy({ $0.fields != nil }) else { return nil }
    let isEmpty = try await connection.query(
      """
      SELECT NOT EXISTS (SELECT FROM \(raw: table.quoted) AS r WHERE \(bounds(range)))
        AND NOT EXISTS (SELECT FROM outbox.tombstone AS t WHERE t.kind = \(declaration.kind.name))
      """
    ).only().decode(Bool.self)
    guard isEmpty else { return nil }
    let refusals = try await refusals(rows, context: context, on: connection)
    let refused = Set(refusals.map(\.key))
    let hidden = ["_generation", "_epoch", "_head"]
    let names = [keyColumn.name] + hidden + columns.map(\.name) + (streamColumn.map { [$0] } ?? [])
    let list = names.map(SQL.quoted(identifier:)).joined(separator: ", ")
    _ = try await connection.copyIn("COPY \(raw: table.quoted) (\(raw: list)) FROM STDIN") { writer in
      var lines = CopyText(reservingCapacity: rows.count * 80)
      for row in rows where !refused.contains(row.row.key) {
        lines.append(row.row.key.text)
        lines.append(number: row.version.generation)
        lines.append(number: Int64(row.version.epoch))
        lines.append(number: row.version.head.value)
        for column in columns { lines.append(row.value(of: column.name)) }
        if streamColumn != nil { lines.append(number: Int64(context.stream.stored)) }
        lines.endRow()
      }
      try await writer.write(lines.bytes)
    }
    return refusals
  }
}

/// Rows in the text format of `COPY` (PostgreSQL, COPY, "Text Format").
struct CopyText {
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  init(reservingCapacity count: Int) { bytes.reserveCapacity(count) }

  /// Adds a value; nil is NULL.
  mutating func append(_ value: String?) {
    separate()
    guard let value else { return bytes.append(contentsOf: [0x5c, 0x4e]) }
    for byte in value.utf8 {
      switch byte {
      case 0x5c: bytes.append(contentsOf: [0x5c, 0x5c])
      case 0x08...0x0d: bytes.append(contentsOf: [0x5c, Self.escapes[Int(byte - 0x08)]])
      default: bytes.append(byte)
      }
    }
  }

  mutating func append(number: Int64) {
    separate()
    bytes.append(contentsOf: String(number).utf8)
  }

  mutating func endRow() {
    bytes.append(0x0a)
    isFirst = true
  }

  private mutating func separate() {
    if !isFirst { bytes.append(0x09) }
    isFirst = false
  }

  /// What stands behind the backslash for the bytes 8 to 13.
  private static let escapes = Array("btnvfr".utf8)
}
