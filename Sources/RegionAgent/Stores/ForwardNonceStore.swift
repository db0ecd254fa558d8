internal import struct FoundationEssentials.Date
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Nonces of routed requests, until they expire: no process of this region takes a request twice.
enum ForwardNonceStore {
  /// What must not come twice.
  struct Name: Hashable, Sendable {
    let keyid: String
    let nonce: String
  }

  /// Keeps nonces; returns those that were not there, each once.
  static func record(_ nonces: [NonceRecord], on connection: RegionConnection) async throws -> Set<Name> {
    let kept = try await connection.query(
      """
      INSERT INTO outbox.nonce (keyid, nonce, expires)
      SELECT n.keyid, n.nonce, to_timestamp(n.expires)
      FROM unnest(\(nonces.map(\.keyid)), \(nonces.map(\.nonce)), \(nonces.map { Double($0.expires) }))
        AS n (keyid, nonce, expires)
      ON CONFLICT DO NOTHING RETURNING keyid, nonce
      """)
    return Set(try kept.decode((String, String).self).map { Name(keyid: $0, nonce: $1) })
  }

  /// Forgets nonces that expired before `date`, at most `limit`; returns how many.
  static func prune(before date: Date, limit: Int, on connection: RegionConnection) async throws -> Int {
    try await connection.execute(
      """
      DELETE FROM outbox.nonce WHERE (keyid, nonce) IN (
        SELECT keyid, nonce FROM outbox.nonce WHERE expires < \(date) ORDER BY expires LIMIT \(Int64(limit)))
      """)
  }
}
