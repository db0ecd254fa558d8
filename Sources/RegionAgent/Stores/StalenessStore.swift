internal import Outbox
internal import Postgres
internal import Silo

/// Organizations' staleness policies.
enum StalenessStore {
  static func set(
    _ policy: StalenessPolicy, of organization: OrganizationID, on connection: RegionConnection
  ) async throws {
    try await connection.execute(
      """
      INSERT INTO region.staleness_policy (organization_id, degraded_seconds, closed_seconds, refused)
      VALUES (\(organization), \(policy.degradedSeconds), \(policy.closedSeconds),
        \(policy.refused.map(\.rawValue).sorted()))
      ON CONFLICT (organization_id) DO UPDATE SET degraded_seconds = EXCLUDED.degraded_seconds,
        closed_seconds = EXCLUDED.closed_seconds, refused = EXCLUDED.refused, updated_at = now()
      """)
  }

  /// Back to ``StalenessPolicy/standard``.
  static func reset(_ organization: OrganizationID, on connection: RegionConnection) async throws {
    try await connection.execute("DELETE FROM region.staleness_policy WHERE organization_id = \(organization)")
  }
}
