internal import Postgres
internal import SyncProtocol

extension SenderStorage {
  /// Text forms must not depend on the session, in the snapshot's first statement.
  private static let textForms: SQL = """
    set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true),
    set_config('IntervalStyle', 'iso_8601', true), set_config('bytea_output', 'hex', true),
    set_config('extra_float_digits', '1', true), set_config('statement_timeout', '20s', true)
    """

  /// Operation 15: everything in one REPEATABLE READ READ ONLY snapshot.
  func readRows(_ query: DeliveryQuery) async throws -> DeliveryView {
    try FaultPoint.hit(.deliverBeforeRead)
    return try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let row = try await connection.query(
        """
        SELECT \(LogStateStore.columns), \(Self.hasUnsequenced), \(Self.textForms)
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        """
      ).only()
      let state = try LogStateStore.decode(row)
      let hasUnsequenced = try Bool(from: row[LogStateStore.columnCount])
      var chain: ChainHash? = query.to == state.head ? state.chain : nil
      if chain == nil {
        chain =
          query.to == .zero
          ? .origin
          : try await LogReader.chain(at: query.to, catalog: KindStore.catalog(on: connection), on: connection)
      }
      guard let chain else {
        throw OutboxError(code: .malformedLog, message: "the log has no entry at \(query.to)")
      }
      let references = try await expand(query, on: connection)
      let rows = try await read(references, for: query.receiver, on: connection)
      try FaultPoint.hit(.deliverAfterRead)
      return DeliveryView(
        epoch: state.epoch, head: state.head, chain: chain, hasUnsequenced: hasUnsequenced, rows: rows)
    }
  }

  /// Operation 16. What is gone or not entitled is left out.
  func readBulk(receiver: SiloNumber, references: [RowReference]) async throws -> [RowImage] {
    try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let row = try await connection.query(
        """
        SELECT \(LogStateStore.columns), \(Self.textForms)
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        """
      ).only()
      let state = try LogStateStore.decode(row)
      return try await read(Set(references).sorted(), for: receiver, on: connection).compactMap { row in
        guard row.fields != nil else { return nil }
        let version = RowVersion(generation: row.generation, epoch: state.epoch.ordinal, head: state.head)
        return RowImage(row: row.row, version: version, fields: row.fields)
      }
    }
  }

  /// Interest references become the closure of their roots, cut to the lane.
  private func expand(_ query: DeliveryQuery, on connection: PostgresConnection) async throws -> [RowReference] {
    var plain = Set<RowReference>()
    var interests: [Kind: [RowKey]] = [:]
    for reference in query.references {
      if registry.interests[reference.kind] != nil {
        interests[reference.kind, default: []].append(reference.key)
      } else {
        plain.insert(reference)
      }
    }
    for (kind, keys) in interests.sorted(by: { $0.key < $1.key }) {
      guard let interest = registry.interests[kind] else { continue }
      let closure = try await interest.closure(of: keys, for: query.receiver, on: connection)
      plain.formUnion(closure.filter { registry.lane(of: $0.kind) == query.lane })
    }
    return plain.sorted()
  }

  /// One row a reference, ascending. What the source does not answer is gone.
  private func read(
    _ references: [RowReference], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [DeliveryView.Row] {
    var rows: [DeliveryView.Row] = []
    rows.reserveCapacity(references.count)
    var rest = references[...]
    while let kind = rest.first?.kind {
      let keys = rest.prefix(Self.keysPerRead).prefix { $0.kind == kind }.map(\.key)
      rest = rest.dropFirst(keys.count)
      guard let source = registry.sources[kind] else { continue }
      let found = try await source.read(keys, for: receiver, on: connection)
      for key in keys {
        let row = found[key] ?? SourceRow(fields: nil)
        rows.append(
          DeliveryView.Row(
            row: RowReference(kind: kind, key: key), generation: row.generation, fields: row.fields))
      }
    }
    return rows
  }
}
