package import FoundationEssentials
internal import Outbox
internal import Postgres

/// Client assertions that were taken.
package enum ClientAssertionStore {
  /// Notes an assertion's id; false when it was taken before, by whichever replica.
  package static func take(
    _ digest: [UInt8], of client: String, until expires: Date, on control: ControlConnection
  ) async throws -> Bool {
    try await control.execute(
      """
      INSERT INTO control.client_assertion (client, digest, expires) VALUES (\(client), \(digest), \(expires))
      ON CONFLICT (client, digest) DO NOTHING
      """) == 1
  }

  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.client_assertion WHERE (client, digest) IN (
        SELECT client, digest FROM control.client_assertion WHERE expires < \(date) ORDER BY expires LIMIT \(limit))
      """)
  }
}
