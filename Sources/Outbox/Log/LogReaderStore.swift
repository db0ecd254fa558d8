package import Postgres
package import SyncProtocol

/// Reads packed segments.
package enum LogReader {
  package struct Segment: Sendable {
    package let first: Position
    package let last: Position
    /// The chain at ``last``.
    package let chain: ChainHash
    package let entries: [UInt8]
  }

  package struct Page: Sendable {
    /// The head in the snapshot of the page.
    package let head: Position
    /// Segments that concern the lane, ascending.
    package let segments: [Segment]
  }

  /// The next segments behind a position that hold entries of a lane (nil: of any), with the head, in one snapshot.
  package static func segments(
    after: Position, lane: Lane?, limit: Int64, on connection: PostgresConnection
  ) async throws -> Page {
    try page(await connection.query(segments(after: after, lane: lane, limit: limit)))
  }

  /// The statement whose rows ``page(_:)`` reads.
  static func segments(after: Position, lane: Lane?, limit: Int64) -> SQL {
    """
    SELECT s.head, g.first, g.last, g.chain, g.entries
    FROM outbox.sequencer AS s LEFT JOIN LATERAL (
      SELECT n.first, n.last, n.chain, n.entries FROM outbox.segment AS n
      WHERE n.last > \(after.value) AND n.lanes & \(lane?.bit ?? Lane.allBits) <> 0 ORDER BY n.last LIMIT \(limit)
    ) AS g ON true ORDER BY g.last
    """
  }

  static func page(_ rows: PostgresRows) throws -> Page {
    var head = Position.zero
    var segments: [Segment] = []
    for row in rows {
      let (end, first, last, chain, entries) = try row.decode((Int64, Int64?, Int64?, [UInt8]?, [UInt8]?).self)
      guard let end = Position(end) else { throw OutboxError(code: .malformedLog, message: "the head is negative") }
      head = end
      guard let first, let last, let chain, let entries else { continue }
      guard let first = Position(first), let last = Position(last), let chain = ChainHash(bytes: chain) else {
        throw OutboxError(code: .malformedLog, message: "a segment is malformed")
      }
      segments.append(Segment(first: first, last: last, chain: chain, entries: entries))
    }
    return Page(head: head, segments: segments)
  }

  package static func head(on connection: PostgresConnection) async throws -> Position {
    let head = try await connection.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
    guard let head = Position(head) else { throw OutboxError(code: .malformedLog, message: "the head is negative") }
    return head
  }

  /// The chain at a position above zero; nil where the log does not hold it. Inside a segment it is computed from the segment's beginning.
  package static func chain(
    at position: Position, catalog: KindCatalog, on connection: PostgresConnection
  ) async throws -> ChainHash? {
    try chain(at: position, catalog: catalog, rows: await connection.query(chain(at: position)))
  }

  /// The statement whose row ``chain(at:catalog:rows:)`` reads.
  static func chain(at position: Position) -> SQL {
    """
    SELECT n.first, n.last, n.chain_before, n.chain,
      CASE WHEN \(position.value) BETWEEN n.first AND n.last - 1 THEN n.entries END
    FROM outbox.segment AS n WHERE n.last >= \(position.value) ORDER BY n.last LIMIT 1
    """
  }

  static func chain(at position: Position, catalog: KindCatalog, rows: PostgresRows) throws -> ChainHash? {
    guard let row = rows.first else { return nil }
    let (first, last, before, after, entries) = try row.decode((Int64, Int64, [UInt8], [UInt8], [UInt8]?).self)
    guard let first = Position(first), var chain = ChainHash(bytes: before) else {
      throw OutboxError(code: .malformedLog, message: "a segment is malformed")
    }
    if position.value == last { return ChainHash(bytes: after) }
    if position.value == first.value - 1 { return chain }
    guard let entries, position >= first else { return nil }
    for entry in try SegmentCodec.decode(entries, first: first, catalog: catalog) where entry.position <= position {
      chain = chain.appending(entry)
    }
    return chain
  }
}
