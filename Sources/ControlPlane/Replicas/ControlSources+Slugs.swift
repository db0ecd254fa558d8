internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Names by which a region's organizations are still asked for.
extension ControlSources {
  /// Only the organization's home. A rest that ended is a remove.
  static let formerSlug = ControlSource(
    ReplicatedModels.formerSlug,
    concerns: { keys in
      """
      SELECT f.id::text, i.region FROM directory.former_slug f
      JOIN directory.interest i ON i.root_id = f.organization_id AND i.root_kind = 'organization'
      WHERE f.id = ANY(\(keys.uuids))
      """
    },
    rows: { keys, region in
      """
      SELECT f.id::text AS key, f.organization_id::text AS organization_id, f.slug
      FROM directory.former_slug f
      JOIN directory.interest i ON i.root_id = f.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN directory.organization_home h ON h.id = f.organization_id AND h.region_number = i.region
      JOIN control.region r ON r.number = i.region AND r.state <> 'revoked'
      WHERE f.id = ANY(\(keys.uuids)) AND f.state = 'resting' AND i.region = \(region)
      """
    },
    keys: { region, after, limit in
      """
      SELECT f.id::text FROM directory.former_slug f
      JOIN directory.interest i ON i.root_id = f.organization_id AND i.root_kind = 'organization' AND i.state = 'active'
      JOIN directory.organization_home h ON h.id = f.organization_id AND h.region_number = i.region
      WHERE i.region = \(region) AND f.state = 'resting' AND f.id > \(after)::text::uuid ORDER BY f.id LIMIT \(limit)
      """
    })
}
