package import Outbox
package import Postgres
package import SyncProtocol

/// Which revision a ring is released to. A changed row tells the regions of that ring, and no other, to read the item again.
package struct RingReleaseRows: InterestSource {
  package let declaration = KindDeclaration(Kind("ring_release"))

  package init() {}

  package func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    try await Receivers.query(
      """
      SELECT l.id::text, m.region_number FROM control.ring_release l JOIN control.ring_region m ON m.ring = l.ring
      WHERE l.id = ANY(\(keys.uuids))
      """, on: connection)
  }

  package func closure(
    of keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowReference] {
    try await connection.query(
      "SELECT l.kind, l.name FROM control.ring_release l WHERE l.id = ANY(\(keys.uuids))"
    ).decode((String, String).self).compactMap { kind, name in
      guard let kind = Kind(kind), let key = RowKey(name) else { return nil }
      return RowReference(kind: kind, key: key)
    }
  }

  package func finalizeExits(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int { 0 }
}
