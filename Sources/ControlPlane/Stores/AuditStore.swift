package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// Who did what. Appended in the transaction of the deed.
package enum AuditStore {
  package enum Actor: Sendable, Hashable {
    case `operator`(OperatorID)
    case user(UserID)
    case region(RegionNumber)
    case system

    var columns: (kind: String, name: String) {
      switch self {
      case .operator(let id): ("operator", id.description)
      case .user(let id): ("user", id.description)
      case .region(let number): ("region", number.description)
      case .system: ("system", "control")
      }
    }
  }

  package struct Entry: Sendable, Hashable {
    /// Rises from entry to entry, with gaps.
    package let id: Int64
    package let at: Date
    package let actorKind: String
    package let actor: String
    package let action: String
    package let subject: String
    package let isAlarm: Bool
  }

  /// - Parameters:
  ///   - action: lower-case words with dots, such as `region.approve`.
  ///   - subject: an id or the name of a place; never a secret.
  package static func append(
    _ actor: Actor, _ action: String, _ subject: String, isAlarm: Bool = false, on control: ControlConnection
  ) async throws {
    try await control.execute(
      """
      INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
      VALUES (\(actor.columns.kind), \(actor.columns.name), \(action), \(subject), \(isAlarm))
      """)
  }

  /// Forgets entries older than so many days, at most `limit`; returns how many.
  package static func prune(days: Int, limit: Int, on control: ControlConnection) async throws -> Int64 {
    try await control.query(
      "SELECT control.prune_audit(\(Int32(clamping: days)), \(Int32(clamping: limit)))"
    ).only().decode(Int64.self)
  }

  /// The newest entries first.
  ///
  /// - Parameter before: the id of the last entry that was read; nil to begin.
  package static func newest(
    _ limit: Int, before: Int64? = nil, on control: ControlConnection
  ) async throws -> [Entry] {
    let rows = try await control.query(
      """
      SELECT id, at, actor_kind, actor, action, subject, alarm FROM control.audit
      WHERE id < \(before ?? .max) ORDER BY id DESC LIMIT \(limit)
      """)
    return try rows.decode((Int64, Date, String, String, String, String, Bool).self).map {
      Entry(id: $0, at: $1, actorKind: $2, actor: $3, action: $4, subject: $5, isAlarm: $6)
    }
  }
}
