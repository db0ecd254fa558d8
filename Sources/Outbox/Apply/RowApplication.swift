internal import Postgres
internal import SyncProtocol

/// Hands the rows of a batch to their sinks, kind by kind, and finds the rows that cannot be applied.
struct RowApplication {
  /// The code of a row whose content the database refused, or whose key is none of its kind or is spelled in another way than PostgreSQL's.
  static let badRow = "BAD_ROW"
  /// The code of a row whose kind this receiver does not hold.
  static let unknownKind = "UNKNOWN_KIND"

  let registry: KindRegistry
  /// Whether each attempt runs under a savepoint, so that a bad row can be found.
  let isCareful: Bool

  /// The refused rows with their codes. `rows` are ascending, so each kind's are together and every applier locks in one order.
  func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowReference: String] {
    var refused: [RowReference: String] = [:]
    var rest = rows[...]
    while let kind = rest.first?.row.kind {
      let part = Array(rest.prefix { $0.row.kind == kind })
      rest = rest.dropFirst(part.count)
      guard let sink = registry.sinks[kind], sink.declaration.lane == context.lane else {
        for row in part { refused[row.row] = Self.unknownKind }
        continue
      }
      let sent: [RowImage]
      if Self.areAcceptable(part, to: sink) {
        sent = part
      } else {
        for row in part { refused[row.row] = Self.refusal(of: row, by: sink) }
        sent = part.filter { refused[$0.row] == nil }
      }
      guard !sent.isEmpty else { continue }
      let refusals =
        isCareful
        ? try await halve(sent[...], sink: sink, context: context, on: connection)
        : try await sink.apply(sent, context: context, on: connection)
      for refusal in refusals { refused[RowReference(kind: kind, key: refusal.key)] = refusal.code }
    }
    return refused
  }

  /// Whether none of the rows is refused before its sink sees it.
  static func areAcceptable(_ rows: [RowImage], to sink: any KindSink) -> Bool {
    rows.allSatisfy { refusal(of: $0, by: sink) == nil }
  }

  /// The code of a row that no sink may see: its source keeps it back, or its key is not in the one form by which rows are found.
  private static func refusal(of row: RowImage, by sink: any KindSink) -> String? {
    sink.declaration.keyType.isCanonical(row.row.key) ? row.withheldCode : badRow
  }

  private func halve(
    _ rows: ArraySlice<RowImage>, sink: any KindSink, context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    do {
      return try await connection.withTransaction { connection in
        try await sink.apply(Array(rows), context: context, on: connection)
      }
    } catch let error as PostgresError where error.isRowTrouble {
      guard rows.count > 1 else { return rows.map { RowRefusal(key: $0.row.key, code: Self.badRow) } }
      let middle = rows.startIndex + rows.count / 2
      let first = try await halve(rows[..<middle], sink: sink, context: context, on: connection)
      return try await first + halve(rows[middle...], sink: sink, context: context, on: connection)
    }
  }
}
