package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
internal import SyncProtocol

/// Ring-gated items and their revisions, which are only ever added.
package enum RevisionStore {
  package struct Revision: Sendable, Hashable {
    package let id: RevisionID
    package let number: Int64
    /// JSON; nil for the revision that takes the item away.
    package let value: String?
    package let note: String
    package let created: Date
  }

  /// An item with what its rings have.
  package struct Line: Sendable, Hashable {
    package let name: String
    package let newest: Int64
    /// The state of its last rollout; nil when nothing was ever released.
    package let state: RolloutState?
  }

  /// Takes the lock under which everything about an item happens. False when there is no such item.
  package static func lock(_ item: GatedItem, on control: ControlConnection) async throws -> Bool {
    try await !control.query(
      "SELECT i.revisions FROM control.gated_item i WHERE i.kind = \(item.kind.name) AND i.name = \(item.name) FOR UPDATE"
    ).decode(Int64.self).isEmpty
  }

  /// Adds the next revision of an item, and the item if it is new. Returns its number.
  package static func add(
    _ id: RevisionID, of item: GatedItem, value: String?, note: String, by actor: OperatorID,
    on control: ControlConnection
  ) async throws -> Int64 {
    let number = try await control.query(
      """
      INSERT INTO control.gated_item AS i (kind, name, revisions) VALUES (\(item.kind.name), \(item.name), 1)
      ON CONFLICT (kind, name) DO UPDATE SET revisions = i.revisions + 1 RETURNING revisions
      """
    ).only().decode(Int64.self)
    try await control.execute(
      """
      INSERT INTO control.ring_revision (id, kind, name, number, value, note, created_by)
      VALUES (\(id.uuid), \(item.kind.name), \(item.name), \(number), \(value)::text::jsonb, \(note), \(actor.description))
      """)
    return number
  }

  /// How many items there are, and the bytes of their newest values: what a region that changes its ring is sent at once.
  package static func extent(on control: ControlConnection) async throws -> (items: Int64, bytes: Int64) {
    let row = try await control.query(
      """
      SELECT count(*), COALESCE(sum(octet_length(v.value::text)), 0)::int8
      FROM control.gated_item i LEFT JOIN control.ring_revision v ON v.kind = i.kind AND v.name = i.name AND v.number = i.revisions
      """
    ).only().decode((Int64, Int64).self)
    return (items: row.0, bytes: row.1)
  }

  /// A revision by its number; the newest one without a number.
  package static func find(
    _ number: Int64?, of item: GatedItem, on control: ControlConnection
  ) async throws -> Revision? {
    let which: SQL = number.map { "v.number = \($0)" } ?? "true"
    return try revisions(
      try await control.query(
        """
        SELECT v.id, v.number, v.value::text, v.note, v.created FROM control.ring_revision v
        WHERE v.kind = \(item.kind.name) AND v.name = \(item.name) AND \(which) ORDER BY v.number DESC LIMIT 1
        """)
    ).first
  }

  /// The newest revisions of an item first.
  package static func newest(_ limit: Int, of item: GatedItem, on control: ControlConnection) async throws -> [Revision]
  {
    try revisions(
      try await control.query(
        """
        SELECT v.id, v.number, v.value::text, v.note, v.created FROM control.ring_revision v
        WHERE v.kind = \(item.kind.name) AND v.name = \(item.name) ORDER BY v.number DESC LIMIT \(limit)
        """))
  }

  /// The items of a kind, by name.
  package static func items(of kind: String, limit: Int, on control: ControlConnection) async throws -> [Line] {
    try await control.query(
      """
      SELECT i.name, i.revisions, (
        SELECT o.state FROM control.ring_rollout o WHERE o.kind = i.kind AND o.name = i.name ORDER BY o.created DESC LIMIT 1)
      FROM control.gated_item i WHERE i.kind = \(kind) ORDER BY i.name LIMIT \(limit)
      """
    ).decode((String, Int64, String?).self).map { name, newest, state in
      Line(name: name, newest: newest, state: state.flatMap { RolloutState(rawValue: $0) })
    }
  }

  private static func revisions(_ rows: PostgresRows) throws -> [Revision] {
    try rows.decode((UUID, Int64, String?, String, Date).self).map {
      Revision(id: RevisionID($0), number: $1, value: $2, note: $3, created: $4)
    }
  }
}
