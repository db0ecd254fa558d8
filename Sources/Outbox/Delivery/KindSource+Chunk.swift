public import Postgres
public import SyncProtocol

extension KindSource {
  /// The rows behind `last` that `receiver` is entitled to, in the order of keys; a row that is named and not read is a remove.
  func chunkByKeys(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [(key: RowKey, row: SourceRow)] {
    let keys = try await entitled(receiver, after: last, limit: limit, on: connection)
    var rows: [(key: RowKey, row: SourceRow)] = []
    rows.reserveCapacity(keys.count)
    var rest = keys[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(SenderStorage.keysPerRead))
      rest = rest.dropFirst(part.count)
      let found = try await read(part, for: receiver, on: connection)
      for key in part { rows.append((key, found[key] ?? SourceRow(fields: nil))) }
    }
    return rows
  }

  public func chunk(
    _ receiver: SiloNumber, after last: RowKey?, limit: Int, on connection: PostgresConnection
  ) async throws -> [(key: RowKey, row: SourceRow)] {
    try await chunkByKeys(receiver, after: last, limit: limit, on: connection)
  }
}
