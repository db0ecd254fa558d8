internal import FoundationEssentials
internal import Outbox

/// What has to be done to the directory now and then: rests end, operations are done, what nobody asks for is forgotten.
struct DirectoryUpkeep: Sendable {
  /// Rows that one pass deletes of each table at most.
  private static let batch = 1000
  /// Changes that one pass forgets at most.
  private static let changes = 50_000
  private static let foreignWordDays = 90

  let environment: ControlEnvironment

  func pass() async throws {
    let now = environment.now()
    let limits = environment.limits
    try await environment.database.withConnection { control in
      _ = try await SlugStore.prune(before: now, limit: Self.batch, on: control)
      _ = try await OperationStore.finish(limit: Self.batch, on: control)
      _ = try await OperationStore.prune(
        before: now.addingTimeInterval(-Double(limits.operationMemory)), limit: Self.batch, on: control)
      _ = try await DefaultRegionStore.prune(
        before: now.addingTimeInterval(-Double(limits.defaultUseDays) * 86_400), limit: Self.batch, on: control)
      _ = try await ForeignWordStore.prune(
        olderThanDays: Self.foreignWordDays, limit: Self.batch, on: control.connection)
    }
    try await environment.database.withTransaction { control in
      try await DirectoryStore.pruneChanges(olderThan: limits.directoryMemory, limit: Self.changes, on: control)
    }
  }
}
