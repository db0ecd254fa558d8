package import Outbox
package import Postgres
package import SyncProtocol

/// In which ring a region is. A changed row tells that region to read everything again that is ring-gated: what its new ring does not have becomes a remove.
package struct RingRegionRows: InterestSource {
  package let declaration = KindDeclaration(Kind("ring_region"), key: .int8)

  package init() {}

  package func receivers(of keys: [RowKey], on connection: PostgresConnection) async throws -> [RowKey: Receivers] {
    let pairs = keys.compactMap { key in Int(key.text).flatMap { SiloNumber($0) }.map { (key, Receivers.only([$0])) } }
    return Dictionary(pairs) { first, _ in first }
  }

  package func closure(
    of keys: [RowKey], for receiver: SiloNumber, on connection: PostgresConnection
  ) async throws -> [RowReference] {
    try await connection.query("SELECT i.kind, i.name FROM control.gated_item i").decode((String, String).self)
      .compactMap { kind, name in
        guard let kind = Kind(kind), let key = RowKey(name) else { return nil }
        return RowReference(kind: kind, key: key)
      }
  }

  package func finalizeExits(
    of receiver: SiloNumber, appliedBy snapshot: TransactionSnapshot, on connection: PostgresConnection
  ) async throws -> Int { 0 }
}
