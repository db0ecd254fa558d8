/// What a migrator did.
public struct MigrationReport: Hashable, Sendable {
  /// Versions applied by this run, in order.
  public let applied: [Int]
  /// The version the schema has now.
  public let version: Int
}
