public import FoundationEssentials
public import Postgres

/// Remembers the nonces of accepted requests, so that no replica of this silo accepts one twice.
public enum NonceStore {
  /// Keeps a nonce in the caller's transaction; false when it was there already: the request is a replay.
  public static func record(
    keyid: String, nonce: String, expires: Date, on connection: PostgresConnection
  ) async throws -> Bool {
    try await connection.execute(
      """
      INSERT INTO outbox.nonce (keyid, nonce, expires) VALUES (\(keyid), \(nonce), \(expires))
      ON CONFLICT (keyid, nonce) DO NOTHING
      """) == 1
  }
}
