@testable import Outbox
import Postgres

/// Tidies without the grace that readers get in production.
struct RetentionProbe {
  private var store = RetentionStore(retention: LogRetention(maximumEntries: 1_000_000, readerGrace: .zero))

  init(maximumEntries: Int64 = 1_000_000) {
    store = RetentionStore(retention: LogRetention(maximumEntries: maximumEntries, readerGrace: .zero))
  }

  mutating func tidy(lowWater: Int64, on connection: PostgresConnection) async throws {
    try await store.tidy(lowWater: lowWater, on: connection)
  }
}
