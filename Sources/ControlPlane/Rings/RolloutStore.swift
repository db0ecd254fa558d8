package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
internal import SyncProtocol

/// Rollouts: which revision is on its way, and what each ring is released to.
package enum RolloutStore {
  package struct Rollout: Sendable, Hashable {
    package let id: RolloutID
    package let item: GatedItem
    package let revision: RevisionID
    /// The revision's number.
    package let number: Int64
    package let state: RolloutState
    package let isAutomatic: Bool
    package let code: String?
    package let reason: String?
    package let region: RegionNumber?
    package let created: Date
  }

  private static let columns: SQL =
    "o.id, o.kind, o.name, o.revision, v.number, o.state, o.automatic, o.code, o.reason, o.region_number, o.created"
  private static let source: SQL = "control.ring_rollout o JOIN control.ring_revision v ON v.id = o.revision"

  /// Everything under way, or everything that was halted; oldest first.
  package static func all(_ state: RolloutState, on control: ControlConnection) async throws -> [Rollout] {
    try rollouts(
      try await control.query(
        "SELECT \(columns) FROM \(source) WHERE o.state = \(state.rawValue) ORDER BY o.created LIMIT 1000"))
  }

  /// The newest rollouts of an item first.
  package static func newest(_ limit: Int, of item: GatedItem, on control: ControlConnection) async throws -> [Rollout]
  {
    try rollouts(
      try await control.query(
        """
        SELECT \(columns) FROM \(source) WHERE o.kind = \(item.kind.name) AND o.name = \(item.name)
        ORDER BY o.created DESC, o.id DESC LIMIT \(limit)
        """))
  }

  /// How many rollouts are in each state.
  package static func counts(on control: ControlConnection) async throws -> [RolloutState: Int64] {
    let rows = try await control.query(
      "SELECT o.state, count(*) FROM control.ring_rollout o WHERE o.state IN ('running', 'halted') GROUP BY 1")
    return Dictionary(
      try rows.decode((String, Int64).self).compactMap { state, count in
        RolloutState(rawValue: state).map { ($0, count) }
      }
    ) { first, _ in first }
  }

  package static func insert(
    _ id: RolloutID, _ item: GatedItem, revision: RevisionID, automatic: Bool, by actor: OperatorID,
    on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE control.ring_rollout o SET state = 'superseded', changed = clock_timestamp()
      WHERE o.kind = \(item.kind.name) AND o.name = \(item.name) AND o.state IN ('running', 'halted')
      """)
    try await control.execute(
      """
      INSERT INTO control.ring_rollout (id, kind, name, revision, automatic, created_by)
      VALUES (\(id.uuid), \(item.kind.name), \(item.name), \(revision.uuid), \(automatic), \(actor.description))
      """)
    // What was long ago is in the audit log.
    try await control.execute(
      """
      DELETE FROM control.ring_rollout o WHERE o.id IN (
        SELECT k.id FROM control.ring_rollout k WHERE k.kind = \(item.kind.name) AND k.name = \(item.name)
          AND k.state IN ('superseded', 'rolled_back') ORDER BY k.created DESC OFFSET 100)
      """)
  }

  /// Moves a rollout on.
  package static func setState(
    _ state: RolloutState, of id: RolloutID, code: String? = nil, reason: String? = nil, region: RegionNumber? = nil,
    on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      UPDATE control.ring_rollout SET state = \(state.rawValue), code = \(code), reason = \(reason), region_number = \(region?.value),
        changed = clock_timestamp()
      WHERE id = \(id.uuid)
      """)
  }

  /// Releases a rollout's revision to a ring: from the commit on its regions are entitled to it, and only they are told.
  /// - Parameter live: the regions whose failure from now on can be the revision's.
  package static func release(
    _ rollout: Rollout, to ring: RingName, live: [RegionNumber], on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.ring_release AS l (ring, kind, name, revision)
      VALUES (\(ring.text), \(rollout.item.kind.name), \(rollout.item.name), \(rollout.revision.uuid))
      ON CONFLICT (ring, kind, name) DO UPDATE SET revision = EXCLUDED.revision, released = clock_timestamp()
      """)
    try await control.execute(
      """
      INSERT INTO control.ring_stage (rollout, ring, epoch, head)
      SELECT \(rollout.id.uuid), \(ring.text), COALESCE(s.epoch, 0), s.head FROM outbox.sequencer s
      ON CONFLICT (rollout, ring) DO NOTHING
      """)
    try await control.execute(
      """
      INSERT INTO control.ring_watch AS w (rollout, region_number, was_live)
      SELECT \(rollout.id.uuid), m.region_number, m.region_number = ANY(\(live.map(\.value)))
      FROM control.ring_region m JOIN control.region r ON r.number = m.region_number AND r.state = 'active'
      WHERE m.ring = \(ring.text) ON CONFLICT (rollout, region_number) DO NOTHING
      """)
  }

  /// The revision that an item returns to when `current` is taken back: that of the newest other rollout that was completed; nil for none.
  package static func previous(
    of item: GatedItem, before current: RolloutID, on control: ControlConnection
  ) async throws -> RevisionID? {
    try await control.query(
      """
      SELECT o.revision FROM control.ring_rollout o WHERE o.kind = \(item.kind.name) AND o.name = \(item.name)
        AND o.state = 'complete' AND o.id <> \(current.uuid) ORDER BY o.created DESC, o.id DESC LIMIT 1
      """
    ).decode(UUID.self).first.map { RevisionID($0) }
  }

  /// Points every ring that has something of the item at one revision at once, or at nothing. Returns how many rings changed.
  package static func restore(
    _ item: GatedItem, to revision: RevisionID?, on control: ControlConnection
  ) async throws -> Int {
    try await control.execute(
      """
      UPDATE control.ring_release l SET revision = \(revision?.uuid), released = clock_timestamp()
      WHERE l.kind = \(item.kind.name) AND l.name = \(item.name) AND l.revision IS DISTINCT FROM \(revision?.uuid)
      """)
  }

  private static func rollouts(_ rows: PostgresRows) throws -> [Rollout] {
    try rows.decode((UUID, String, String, UUID, Int64, String, Bool, String?, String?, Int16?, Date).self).map { row in
      guard let item = GatedItem(kind: row.1, name: row.2), let state = RolloutState(rawValue: row.5) else {
        throw PostgresError(code: .decoding, message: "a rollout's row is not of this version")
      }
      return Rollout(
        id: RolloutID(row.0), item: item, revision: RevisionID(row.3), number: row.4, state: state,
        isAutomatic: row.6, code: row.7, reason: row.8, region: row.9.flatMap { RegionNumber(Int($0)) }, created: row.10
      )
    }
  }
}

extension RolloutStore {
  /// The number of the revision that each ring is released to; rings without one are missing.
  package static func released(_ item: GatedItem, on control: ControlConnection) async throws -> [RingName: Int64] {
    let rows = try await control.query(
      """
      SELECT l.ring, v.number FROM control.ring_release l JOIN control.ring_revision v ON v.id = l.revision
      WHERE l.kind = \(item.kind.name) AND l.name = \(item.name)
      """)
    return Dictionary(
      try rows.decode((String, Int64).self).compactMap { ring, number in RingName(ring).map { ($0, number) } }
    ) { first, _ in first }
  }
}
