internal import struct FoundationEssentials.UUID
internal import Outbox
internal import Postgres
internal import Silo

/// The provisioner's hints what to look at. A hint is taken *before* the rows are read, in the same transaction: whoever changes them
/// afterwards leaves another.
enum ProvisionTaskStore {
  /// Takes the first hint after `sequence` that nobody else holds; nil when there is none.
  static func take(
    after sequence: Int64, on connection: RegionConnection
  ) async throws -> (sequence: Int64, task: ProvisionTask)? {
    let rows = try await connection.query(
      """
      DELETE FROM region.provision_task WHERE sequence = (
        SELECT sequence FROM region.provision_task WHERE sequence > \(sequence)
        ORDER BY sequence LIMIT 1 FOR UPDATE SKIP LOCKED
      ) RETURNING sequence, subject, id
      """)
    guard let row = rows.first else { return nil }
    let (taken, subject, id) = try row.decode((Int64, String, UUID).self)
    return (taken, subject == "home" ? .home(OrganizationID(id)) : .grant(GrantID(id)))
  }

  /// The first hint after `sequence`, without taking it; to step over one that failed.
  static func peek(after sequence: Int64, on connection: RegionConnection) async throws -> Int64? {
    try await connection.query(
      "SELECT min(sequence) FROM region.provision_task WHERE sequence > \(sequence)"
    ).only().decode(Int64?.self)
  }

  /// Names everything that waits for a decision, whatever became of earlier hints.
  static func rescan(on connection: RegionConnection) async throws {
    try await connection.execute(
      """
      INSERT INTO region.provision_task (subject, id)
      SELECT 'grant', g.id FROM replica."grant" AS g
      WHERE g.state = 'live' AND NOT EXISTS (SELECT 1 FROM region.grant_decision AS d WHERE d.grant_id = g.id)
      UNION ALL
      SELECT 'grant', d.grant_id FROM region.grant_decision AS d
      WHERE NOT EXISTS (SELECT 1 FROM replica."grant" AS g WHERE g.id = d.grant_id AND g.state = 'live')
      UNION ALL
      SELECT 'home', o.id FROM region.organization AS o LEFT JOIN replica.organization_home AS h ON h.id = o.id
      WHERE h.generation > o.generation OR h.id IS NULL AND o.status = 'deleted'
      """)
  }

  /// Names the undecided grants of an organization whose home or first row has arrived.
  static func nameGrants(of organization: OrganizationID, on connection: RegionConnection) async throws {
    try await connection.execute(
      """
      INSERT INTO region.provision_task (subject, id)
      SELECT 'grant', g.id FROM replica."grant" AS g
      WHERE g.organization_id = \(organization) AND g.state = 'live'
        AND NOT EXISTS (SELECT 1 FROM region.grant_decision AS d WHERE d.grant_id = g.id)
      """)
  }
}
