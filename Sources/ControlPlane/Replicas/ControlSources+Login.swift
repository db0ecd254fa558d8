internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// What a region needs to decide about sessions and API tokens by itself.
extension ControlSources {
  /// Only regions that opened a session of their own on it, and only while the person is in their interest.
  static let controlSession = ControlSource(
    ReplicatedModels.controlSession,
    concerns: { keys in
      "SELECT s.session_id::text, s.region FROM control.session_region s WHERE s.session_id = ANY(\(keys.uuids))"
    },
    rows: { keys, region in
      """
      SELECT c.id::text AS key, c.user_id::text AS user_id, c.state, c.expires::text AS expires
      FROM control.control_session c
      JOIN control.session_region s ON s.session_id = c.id AND s.region = \(region) AND s.left_by IS NULL
      JOIN directory.interest i ON i.root_id = c.user_id AND i.root_kind = 'user' AND i.state = 'active'
        AND i.region = s.region
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE c.id = ANY(\(keys.uuids)) AND c.state <> 'lapsed'
      """
    },
    keys: { region, after, limit in
      """
      SELECT c.id::text FROM control.session_region s JOIN control.control_session c ON c.id = s.session_id
      JOIN directory.interest i ON i.root_id = c.user_id AND i.root_kind = 'user' AND i.state = 'active'
        AND i.region = s.region
      WHERE s.region = \(region) AND s.left_by IS NULL AND c.state <> 'lapsed' AND c.id > \(after)::text::uuid
      ORDER BY c.id LIMIT \(limit)
      """
    })

  /// Only the organization's home. A token that ended is a remove.
  static let apiToken = ControlSource(
    ReplicatedModels.apiToken,
    concerns: { keys in
      """
      SELECT t.id::text, i.region FROM control.api_token t
      JOIN directory.interest i ON i.root_id = t.organization_id AND i.root_kind = 'organization'
      WHERE t.id = ANY(\(keys.uuids))
      """
    },
    rows: { keys, region in
      """
      SELECT t.id::text AS key, t.organization_id::text AS organization_id, t.user_id::text AS user_id,
        encode(t.digest, 'hex') AS digest, t.scopes, t.expires::text AS expires
      FROM control.api_token t
      JOIN directory.interest i ON i.root_id = t.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN directory.organization_home h ON h.id = t.organization_id AND h.region_number = i.region
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE t.id = ANY(\(keys.uuids)) AND t.state = 'active' AND i.region = \(region)
      """
    },
    keys: { region, after, limit in
      """
      SELECT t.id::text FROM control.api_token t
      JOIN directory.interest i ON i.root_id = t.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN directory.organization_home h ON h.id = t.organization_id AND h.region_number = i.region
      WHERE i.region = \(region) AND t.state = 'active' AND t.id > \(after)::text::uuid ORDER BY t.id LIMIT \(limit)
      """
    })
}
