internal import Outbox
internal import Postgres
package import Silo
internal import SyncProtocol

extension RolloutStore {
  /// Notes where in the log the pointers of a rollout came to stand, and which regions have passed them since. Times are the database's.
  package static func noteProgress(of rollout: RolloutID, on control: ControlConnection) async throws {
    // A region that was started over has a cursor at the head and not what lies before it: with pointers until it is past them, with a snapshot until its
    // pulls do not speak of one any more, nor bring refusals of it that are not kept yet.
    try await control.execute(
      """
      UPDATE control.ring_watch w SET resync = p.resync_transaction, position = NULL, applied = NULL FROM outbox.peer p
      WHERE w.rollout = \(rollout.uuid) AND p.silo = w.region_number AND p.resync_transaction IS DISTINCT FROM w.resync
      """)
    // A transaction that is carried is done, and only a part of it has its position.
    try await control.execute(
      """
      UPDATE control.ring_watch w SET position = s.head FROM outbox.sequencer s
      WHERE w.rollout = \(rollout.uuid) AND w.position IS NULL AND pg_visible_in_snapshot(w.given_by, s.done)
        AND (w.resync IS NULL OR pg_visible_in_snapshot(w.resync, s.done))
        AND NOT EXISTS (SELECT FROM outbox.carry y WHERE y.transaction IN (w.given_by, w.resync))
      """)
    try await control.execute(
      """
      UPDATE control.ring_watch w SET applied = clock_timestamp() FROM outbox.receiver c, outbox.sequencer s
      WHERE w.rollout = \(rollout.uuid) AND w.applied IS NULL AND c.silo = w.region_number AND c.lane = 'main'
        AND c.epoch = s.epoch AND c.position >= w.position AND NOT EXISTS (
          SELECT FROM control.agent_session a WHERE a.region_number = w.region_number AND a.refilling)
      """)
  }

  /// A rollout as it stands, to be decided upon.
  ///
  /// A refusal is a NACK of the item that is younger than the release to the region's ring and than the region's coming into it: what is older is about
  /// another revision.
  package static func view(
    of rollout: Rollout, states: [RegionNumber: SyncState], isSourceFresh: Bool, on control: ControlConnection
  ) async throws -> RolloutView {
    let reached = Set(
      try await control.query("SELECT g.ring FROM control.ring_stage g WHERE g.rollout = \(rollout.id.uuid)")
        .decode(String.self))
    let rows = try await control.query(
      """
      SELECT m.ring, m.region_number, COALESCE(w.was_live, false), COALESCE(w.excused, false),
        extract(epoch FROM clock_timestamp() - w.given)::float8, extract(epoch FROM clock_timestamp() - w.applied)::float8,
        n.code
      FROM control.ring_region m
      LEFT JOIN control.ring_watch w ON w.rollout = \(rollout.id.uuid) AND w.region_number = m.region_number
      LEFT JOIN control.ring_stage g ON g.rollout = \(rollout.id.uuid) AND g.ring = m.ring
      LEFT JOIN outbox.nack n ON n.silo = m.region_number AND n.kind = \(rollout.item.kind.name) AND n.key = \(rollout.item.name)
        AND (n.epoch, n.head) > (g.epoch, g.head) AND (n.epoch, n.head) > (m.epoch, m.head)
      ORDER BY m.region_number LIMIT 4095
      """
    ).decode((String, Int16, Bool, Bool, Double?, Double?, String?).self)
    var regions: [String: [RolloutView.Region]] = [:]
    for (ring, number, wasLive, isExcused, given, applied, refusal) in rows {
      guard let number = RegionNumber(Int(number)) else { continue }
      regions[ring, default: []].append(
        RolloutView.Region(
          number: number, state: states[number] ?? .joining, wasLive: wasLive, givenSeconds: given,
          appliedSeconds: applied, refusal: refusal, isExcused: isExcused))
    }
    let stages = try await RingStore.all(on: control).map { ring in
      RolloutView.Stage(
        ring: ring.name, soakSeconds: Double(ring.soakSeconds), watchSeconds: Double(ring.watchSeconds),
        isReleased: reached.contains(ring.name.text), regions: regions[ring.name.text] ?? [])
    }
    return RolloutView(stages: stages, isSourceFresh: isSourceFresh, isAutomatic: rollout.isAutomatic)
  }

  /// Regions whose word against this rollout does not count any more.
  package static func excuse(_ regions: [RegionNumber], in rollout: RolloutID, on control: ControlConnection)
    async throws
  {
    try await control.execute(
      """
      INSERT INTO control.ring_watch AS w (rollout, region_number, was_live, excused)
      SELECT \(rollout.uuid), n.number, false, true FROM unnest(\(regions.map(\.value))) AS n (number)
      ON CONFLICT (rollout, region_number) DO UPDATE SET excused = true
      """)
  }

  /// A region came into another ring: where a rollout reached that ring, the region was given its revision now.
  package static func give(
    to region: RegionNumber, in ring: RingName, isLive: Bool, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      DELETE FROM control.ring_watch w USING control.ring_rollout o
      WHERE o.id = w.rollout AND o.state IN ('running', 'halted') AND w.region_number = \(region.value)
      """)
    try await control.execute(
      """
      INSERT INTO control.ring_watch (rollout, region_number, was_live)
      SELECT o.id, \(region.value), \(isLive) FROM control.ring_rollout o
      JOIN control.ring_stage g ON g.rollout = o.id AND g.ring = \(ring.text) WHERE o.state IN ('running', 'halted')
      """)
  }
}
