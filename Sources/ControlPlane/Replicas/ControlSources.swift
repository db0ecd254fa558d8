internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Everything that control sends, kind by kind. A revoked region is entitled to nothing.
package enum ControlSources {
  static let all: [ControlSource] =
    [user, userStatus, tokenKey, organizationHome, formerSlug, grant, region, controlSession, apiToken] + gated

  /// Regions that hold or held (and still have to remove) the person.
  private static func peopleConcern(_ keys: [RowKey]) -> SQL {
    "SELECT i.root_id::text, i.region FROM directory.interest i WHERE i.root_kind = 'user' AND i.root_id = ANY(\(keys.uuids))"
  }

  private static func people(_ region: Int16, _ after: String, _ limit: Int) -> SQL {
    """
    SELECT i.root_id::text FROM directory.interest i WHERE i.region = \(region) AND i.root_kind = 'user'
      AND i.state = 'active' AND i.root_id > \(after)::text::uuid ORDER BY i.root_id LIMIT \(limit)
    """
  }

  static let user = ControlSource(
    ReplicatedModels.user, concerns: peopleConcern,
    rows: { keys, region in
      """
      SELECT u.id::text AS key, CASE WHEN r.residency_tier <> 'minimal' THEN u.name END AS name,
        CASE WHEN r.residency_tier = 'full' THEN u.email END AS email
      FROM control."user" u JOIN directory.interest i ON i.root_id = u.id AND i.root_kind = 'user' AND i.state = 'active'
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE u.id = ANY(\(keys.uuids)) AND i.region = \(region)
      """
    }, keys: people)

  /// Of the people that a region holds, and of deleted ones that it held: so that a control restored from before hears of it again.
  static let userStatus = ControlSource(
    ReplicatedModels.userStatus,
    concerns: { keys in
      """
      \(peopleConcern(keys)) UNION
      SELECT f.user_id::text, f.region FROM directory.farewell f WHERE f.user_id = ANY(\(keys.uuids))
      """
    },
    rows: { keys, region in
      """
      SELECT s.id::text AS key, s.status, s.epoch::text AS epoch
      FROM control.user_status s JOIN directory.interest i ON i.root_id = s.id AND i.root_kind = 'user' AND i.state = 'active'
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE s.id = ANY(\(keys.uuids)) AND i.region = \(region)
      UNION ALL
      SELECT s.id::text AS key, s.status, s.epoch::text AS epoch
      FROM directory.farewell f JOIN control.user_status s ON s.id = f.user_id AND s.status = 'deleted'
      JOIN control.region r ON r.number = f.region AND r.state <> 'revoked'
      WHERE f.user_id = ANY(\(keys.uuids)) AND f.region = \(region) AND NOT EXISTS (
        SELECT FROM directory.interest i WHERE i.root_id = f.user_id AND i.root_kind = 'user' AND i.state = 'active'
          AND i.region = f.region)
      """
    },
    keys: { region, after, limit in
      """
      SELECT k.id::text FROM (
        (SELECT i.root_id AS id FROM directory.interest i WHERE i.region = \(region) AND i.root_kind = 'user'
          AND i.state = 'active' AND i.root_id > \(after)::text::uuid ORDER BY i.root_id LIMIT \(limit))
        UNION
        (SELECT f.user_id FROM directory.farewell f WHERE f.region = \(region) AND f.user_id > \(after)::text::uuid
          ORDER BY f.user_id LIMIT \(limit))
      ) AS k ORDER BY k.id LIMIT \(limit)
      """
    })

  static let tokenKey = ControlSource(
    ReplicatedModels.tokenKey, concerns: nil,
    rows: { keys, region in
      """
      SELECT k.kid AS key, k.x, k.y, k.state FROM control.token_key k
      WHERE k.kid = ANY(\(keys.map(\.text))) AND EXISTS (
        SELECT FROM control.region r WHERE r.number = \(region) AND r.state <> 'revoked')
      """
    },
    keys: { _, after, limit in
      #"SELECT k.kid FROM control.token_key k WHERE k.kid COLLATE "C" > \#(after) ORDER BY k.kid COLLATE "C" LIMIT \#(limit)"#
    })

  static let organizationHome = ControlSource(
    ReplicatedModels.organizationHome,
    concerns: { keys in
      """
      SELECT i.root_id::text, i.region FROM directory.interest i
      WHERE i.root_kind = 'organization' AND i.root_id = ANY(\(keys.uuids))
      """
    },
    rows: { keys, region in
      """
      SELECT h.id::text AS key, h.slug, h.name, h.generation::text AS generation, h.state,
        h.creator_grant_id::text AS creator_grant_id, h.revision::text AS revision
      FROM directory.organization_home h
      JOIN directory.interest i ON i.root_id = h.id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE h.id = ANY(\(keys.uuids)) AND i.region = \(region) AND h.region_number = \(region)
      """
    },
    keys: { region, after, limit in
      """
      SELECT i.root_id::text FROM directory.interest i WHERE i.region = \(region) AND i.root_kind = 'organization'
        AND i.state = 'active' AND i.root_id > \(after)::text::uuid ORDER BY i.root_id LIMIT \(limit)
      """
    })

  /// A grant that ended is a remove: its row stays here, so that those who hold it are found.
  static let grant = ControlSource(
    ReplicatedModels.grant,
    concerns: { keys in
      """
      SELECT g.id::text, i.region FROM directory."grant" g
      JOIN directory.interest i ON i.root_id = g.organization_id AND i.root_kind = 'organization'
      WHERE g.id = ANY(\(keys.uuids))
      """
    },
    rows: { keys, region in
      """
      SELECT g.id::text AS key, g.organization_id::text AS organization_id, g.user_id::text AS user_id, g.role, g.source,
        g.invitation_id::text AS invitation_id, g.state
      FROM directory."grant" g
      JOIN directory.interest i ON i.root_id = g.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE g.id = ANY(\(keys.uuids)) AND g.state = 'live' AND i.region = \(region)
      """
    },
    keys: { region, after, limit in
      """
      SELECT g.id::text FROM directory."grant" g
      JOIN directory.interest i ON i.root_id = g.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      WHERE i.region = \(region) AND g.state = 'live' AND g.id > \(after)::text::uuid ORDER BY g.id LIMIT \(limit)
      """
    })

  /// A region's own descriptor.
  static let region = ControlSource(
    ReplicatedModels.region,
    concerns: { keys in "SELECT r.id::text, r.number FROM control.region r WHERE r.id = ANY(\(keys.uuids))" },
    rows: { keys, region in
      """
      SELECT r.id::text AS key, r.name, r.url, r.category, r.locality, r.residency_tier,
        r.number::text AS number FROM control.region r
      WHERE r.id = ANY(\(keys.uuids)) AND r.number = \(region) AND r.state <> 'revoked'
      """
    },
    keys: { region, after, limit in
      """
      SELECT r.id::text FROM control.region r WHERE r.number = \(region) AND r.id > \(after)::text::uuid LIMIT \(limit)
      """
    })
}
