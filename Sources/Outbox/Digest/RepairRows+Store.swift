public import Postgres
public import SyncProtocol

/// Rows that one receiver is to get again, as an interest: the pointer names the receiver and its closure is the row. So a repair costs nobody else
/// anything, and reaches a receiver that holds what it is no longer entitled to. The log's head rises with the pointer: what is read for it has a
/// higher version than whatever was sent before.
public struct RepairRows: InterestSource {
  public static let kind: Kind = Kind("repair")

  public let declaration = KindDeclaration(RepairRows.kind, key: .int8)

  public init() {}

  public func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    let rows = try await connection.query(
      "SELECT r.id::text, r.silo FROM outbox.repair AS r WHERE r.id = ANY(\(Self.numbers(keys)))")
    var receivers: [RowKey: Receivers] = [:]
    for (key, silo) in try rows.decode((String, Int16).self) {
      guard let key = RowKey(key), let silo = SiloNumber(Int(silo)) else { continue }
      receivers[key] = .only([silo])
    }
    return receivers
  }

  public func closure(
    of keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowReference] {
    try await connection.query(
      """
      SELECT r.kind, r.key FROM outbox.repair AS r
      WHERE r.id = ANY(\(Self.numbers(keys))) AND r.silo = \(receiver.stored)
      """
    ).decode((String, String).self).compactMap { kind, key in
      guard let kind = Kind(kind), let key = RowKey(key) else { return nil }
      return RowReference(kind: kind, key: key)
    }
  }

  /// Forgets what the receiver has applied. Not an exit: a cursor that falls back misses a repair, which the next comparison finds again.
  public func finalizeExits(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int {
    try await connection.execute(
      """
      DELETE FROM outbox.repair AS r WHERE r.silo = \(receiver.stored)
        AND pg_visible_in_snapshot(r.transaction, \(snapshot.description)::text::pg_snapshot)
      """)
    return 0
  }

  /// Asks for rows to be sent to one receiver again.
  static func request(
    _ rows: [RowReference], for receiver: SiloNumber, capture: Capture, on connection: PostgresConnection
  ) async throws {
    let ids = try await connection.query(
      """
      INSERT INTO outbox.repair (silo, kind, key)
      SELECT \(receiver.stored), n.kind, n.key
      FROM unnest(\(rows.map(\.kind.name)), \(rows.map(\.key.text))) AS n (kind, key)
      RETURNING id::text
      """
    ).decode(String.self)
    try await capture.append(
      ids.compactMap { RowKey($0) }.map { RowReference(kind: kind, key: $0) }, on: connection)
  }

  private static func numbers(_ keys: [RowKey]) -> [Int64] { keys.compactMap { Int64($0.text) } }
}
