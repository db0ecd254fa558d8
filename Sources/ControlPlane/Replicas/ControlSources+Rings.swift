internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

extension ControlSources {
  /// Every ring-gated kind, by one rule: a region may hold the revision that is released to its ring, and nothing else of the item. Which that is stands
  /// in a view of the kind's name, and stream, snapshot, digest and repair all read here.
  static let gated: [ControlSource] = ReplicatedModels.ringGated.map { model in
    let kind = model.kind.name
    return ControlSource(
      model,
      concerns: { keys in
        """
        SELECT l.name, m.region_number FROM control.ring_release l JOIN control.ring_region m ON m.ring = l.ring
        WHERE l.kind = \(kind) AND l.name = ANY(\(keys.map(\.text)))
        """
      },
      rows: { keys, region in
        """
        SELECT v.name AS key, v.revision::text AS revision, v.value::text AS value FROM control.\(identifier: kind) v
        WHERE v.region_number = \(region) AND v.name = ANY(\(keys.map(\.text)))
        """
      },
      keys: { region, after, limit in
        """
        SELECT v.name FROM control.\(identifier: kind) v WHERE v.region_number = \(region) AND v.name > \(after)
        ORDER BY v.name LIMIT \(limit)
        """
      })
  }
}
