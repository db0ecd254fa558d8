internal import Postgres
internal import SyncProtocol

extension SenderStorage {
  /// Text forms must not depend on the session, in the snapshot's first statement.
  static let textForms: SQL = """
    set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, MDY', true),
    set_config('IntervalStyle', 'iso_8601', true), set_config('bytea_output', 'hex', true),
    set_config('extra_float_digits', '1', true), set_config('statement_timeout', '20s', true)
    """

  /// Operation 15, in a snapshot of its own.
  func readRows(_ query: DeliveryQuery) async throws -> DeliveryView {
    try await client.withTransaction(.repeatableRead(readOnly: true)) { connection in
      let row = try await connection.query(
        """
        SELECT \(LogStateStore.columns), \(Self.hasUnsequenced), \(Self.textForms)
        FROM outbox.sequencer AS s JOIN outbox.epoch AS e ON e.ordinal = s.epoch
        """
      ).only()
      return try await readRows(
        query, state: LogStateStore.decode(row), hasUnsequenced: Bool(from: row[LogStateStore.columnCount]),
        on: connection)
    }
  }

  /// Operation 15, in a snapshot in which the log's state was read already.
  func readRows(
    _ query: DeliveryQuery, state: LogState, hasUnsequenced: Bool, foreseen: [RowForecast.Rows] = [],
    on connection: PostgresConnection
  ) async throws -> DeliveryView {
    try FaultPoint.hit(.deliverBeforeRead)
    var chain: ChainHash? = query.to == state.head ? state.chain : nil
    if chain == nil {
      chain =
        query.to == .zero
        ? .origin
        : try await LogReader.chain(at: query.to, catalog: catalog(on: connection), on: connection)
    }
    guard let chain else {
      throw OutboxError(code: .malformedLog, message: "the log has no entry at \(query.to)")
    }
    try await connection.planAnew(forRows: query.references.count)
    let references = try await expand(query, on: connection)
    if query.references.count <= ReusedPlans.most { try await connection.planAnew(forRows: references.count) }
    let rows = try await read(
      references, for: query.receiver, byteLimit: query.byteLimit, foreseen: foreseen, on: connection)
    try FaultPoint.hit(.deliverAfterRead)
    return DeliveryView(
      epoch: state.epoch, head: state.head, chain: chain, hasUnsequenced: hasUnsequenced, rows: rows ?? [],
      isTooMuch: rows == nil)
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

  /// One row a reference, ascending. What the source does not answer is gone; a row that is too large to travel is withheld.
  ///
  /// - Parameters:
  ///   - byteLimit: nil: all are wanted, and what is beyond the most that one entry may bring is withheld.
  ///   - foreseen: what was read in this snapshot already.
  /// - Returns: nil when the rows are more than the limit.
  func read(
    _ references: [RowReference], for receiver: SiloNumber, byteLimit: Int?, foreseen: [RowForecast.Rows] = [],
    on connection: PostgresConnection
  ) async throws -> [DeliveryView.Row]? {
    var rows: [DeliveryView.Row] = []
    rows.reserveCapacity(references.count)
    var bytes = 0
    var rest = references[...]
    while let kind = rest.first?.kind {
      let keys = rest.prefix(keysPerRead(of: kind)).prefix { $0.kind == kind }.map(\.key)
      var (weight, looked) = (0, 0)
      defer { noteWeight(weight, of: looked, kind: kind) }
      rest = rest.dropFirst(keys.count)
      guard let source = registry.sources[kind] else { continue }
      let found: [RowKey: SourceRow]
      if let known = try foreseen.lazy.compactMap({ try $0.rows(of: kind, keys) }).first {
        found = known
      } else {
        found = try await source.read(keys, for: receiver, on: connection)
      }
      for key in keys {
        let row = found[key] ?? SourceRow(fields: nil)
        var (fields, size) = RowSize.fitting(key: key, fields: row.fields)
        weight += size
        looked += 1
        size = min(size, WireLimits.maximumRowBytes)
        if byteLimit == nil, bytes + size > WireLimits.maximumBytesPerEntry, row.fields != nil {
          (fields, size) = (RowImage.withheld(RowImage.tooLarge), RowSize.withheld)
        }
        bytes += size
        if let byteLimit, bytes > byteLimit { return nil }
        rows.append(
          DeliveryView.Row(row: RowReference(kind: kind, key: key), generation: row.generation, fields: fields))
      }
    }
    return rows
  }
}
