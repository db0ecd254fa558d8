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
      var lines = CopyText(columns: columns.map(\.name), stream: streamColumn == nil ? nil : context.stream.stored)
      var rest = rows[...]
      while !rest.isEmpty {
        rest = lines.append(rest, except: refused)
        try await writer.write(lines.bytes)
        lines.clear()
      }
    }
    return refusals
  }
}
