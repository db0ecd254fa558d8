import Postgres
import SyncProtocol

/// What each region may hold, read from control's own tables and not by control's readers.
struct Entitlement: Sendable {
  /// Kind, key, and one value that tells a change.
  private let rows: [SiloNumber: [RowReference: String?]]

  static func read(_ database: PostgresClient) async throws -> Entitlement {
    let found = try await database.query(
      """
      SELECT r.number, 'region', r.id::text, r.url FROM control.region r WHERE r.state <> 'revoked'
      UNION ALL
      SELECT r.number, 'token_key', k.kid, k.state FROM control.region r, control.token_key k WHERE r.state <> 'revoked'
      UNION ALL
      SELECT i.region, 'user', u.id::text, u.name FROM directory.interest i JOIN control."user" u ON u.id = i.root_id
      WHERE i.root_kind = 'user' AND i.state = 'active'
      UNION ALL
      SELECT i.region, 'user_status', u.id::text, u.status FROM directory.interest i
      JOIN control.user_status u ON u.id = i.root_id WHERE i.root_kind = 'user' AND i.state = 'active'
      """
    ).decode((Int16, String, String, String?).self)
    var rows: [SiloNumber: [RowReference: String?]] = [:]
    for (number, kind, key, value) in found {
      guard let silo = SiloNumber(Int(number)), let kind = Kind(kind), let key = RowKey(key) else { continue }
      rows[silo, default: [:]][RowReference(kind: kind, key: key)] = value
    }
    return Entitlement(rows: rows)
  }

  private static let told = ["region": "url", "token_key": "state", "user": "name", "user_status": "status"]

  /// Agents whose replica is not exactly this, with what is missing or too much.
  func differences(of agents: [LightAgent]) -> [String] {
    agents.compactMap { agent in
      let held = agent.replica.rows
      let entitled = rows[agent.identity.silo] ?? [:]
      guard agent.replica.isSettled else { return "\(agent.identity.name): not settled" }
      for (row, value) in entitled {
        guard let image = held[row] else { return "\(agent.identity.name): lacks \(row.kind.name)" }
        let field = image.fields?.first { $0.name == Self.told[row.kind.name] }
        guard field?.value == value else { return "\(agent.identity.name): old \(row.kind.name) (\(agent.doing))" }
      }
      guard held.count == entitled.count else {
        return "\(agent.identity.name): holds \(held.count) rows instead of \(entitled.count)"
      }
      return nil
    }
  }
}
