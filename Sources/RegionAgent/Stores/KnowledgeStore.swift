internal import Outbox
internal import Postgres
internal import Silo

/// What tells a process that rows which decisions rest on have changed.
enum KnowledgeStore {
  /// The channel of region.tell_changes.
  static let channel = "atoll_knowledge"

  /// Asks for something, so that everything announced before has been heard when the answer is there. Returns up to when the region knows
  /// everything, see ``AccessFacts/completeAsOf``.
  static func pulse(on connection: PostgresConnection) async throws -> Int64? {
    try await connection.query("SELECT \(AccessStore.completeAsOf)").only().decode(Int64?.self)
  }
}
