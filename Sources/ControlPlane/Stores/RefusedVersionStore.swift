internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Agents that have no version of the protocol in common with control. They ask about every minute; the trail has one alarm an hour of each offer.
package enum RefusedVersionStore {
  /// A region whose agent was refused and was not heard of since.
  package struct Refusal: Sendable, Hashable {
    package let region: String
    /// Which versions each side speaks.
    package let versions: String
  }

  private static let action = "region.incompatible"
  /// Of one region in an hour: an agent that offers something else each time says nothing new.
  private static let most: Int64 = 10

  static func note(
    offered: [Int], allowed: [Int], by region: RegionNumber, on control: ControlConnection
  ) async throws {
    let actor = AuditStore.Actor.region(region).columns
    let offers = offered.isEmpty ? "none" : Negotiation.text(offered)
    let said = "offers \(offers), control takes \(Negotiation.text(allowed))"
    try await control.execute(
      """
      INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
      SELECT \(actor.kind), \(actor.name), \(action), \(said), true WHERE NOT EXISTS (
        SELECT FROM control.audit a WHERE a.alarm AND a.at > clock_timestamp() - interval '1 hour'
          AND a.actor_kind = \(actor.kind) AND a.actor = \(actor.name) AND a.action = \(action)
          AND a.subject = \(said))
      AND \(most)::int8 > (
        SELECT count(*) FROM control.audit a WHERE a.alarm AND a.at > clock_timestamp() - interval '1 hour'
          AND a.actor_kind = \(actor.kind) AND a.actor = \(actor.name) AND a.action = \(action))
      """)
  }

  /// Regions that are refused now, by the trail of the last two hours.
  package static func all(on control: ControlConnection) async throws -> [Refusal] {
    try await control.query(
      """
      SELECT DISTINCT ON (r.number) r.name, a.subject FROM control.audit a
      JOIN control.region r ON r.number::text = a.actor AND r.state <> 'revoked'
      LEFT JOIN control.agent_session s ON s.region_number = r.number
      WHERE a.alarm AND a.at > clock_timestamp() - interval '2 hours' AND a.actor_kind = 'region'
        AND a.action = \(action) AND (s.seen IS NULL OR s.seen < a.at)
      ORDER BY r.number, a.at DESC
      """
    ).decode((String, String).self).map { Refusal(region: $0, versions: $1) }
  }
}
