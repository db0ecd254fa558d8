internal import Postgres
internal import FoundationEssentials
internal import Outbox
internal import Silo
package import SyncProtocol

/// The state of every region and lane, as operators see it. `state` is what operators decided about a region, `sync` is what it has applied.
package struct StatusView: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// One document: the log's head and freshness, and per region both directions with lag in rows and seconds.
  package func document() async throws -> JSONValue {
    let limit = 4095
    return try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
      let log = try await StatusStore.head(on: control)
      let epoch = try await EpochStore.current(on: control.connection)
      let reconcile = try await ReconcileStore.load(locking: false, on: control)
      let downstream = try await StatusStore.downstream(on: control)
      let upstream = try await StatusStore.upstream(on: control)
      let details = try await StatusStore.regions(on: control)
      let incidents = try await DivergenceStore.counts(on: control)
      let pending = try await RegionKeyStore.pendingFingerprints(on: control)
      let standbys = try await StatusStore.standbys(on: control)
      let given = try await SnapshotProgressStore.serving(on: control.connection)
      let taken = try await SnapshotProgress.all(on: control.connection)
      let states = try await RegionStates.all(on: control)
      let regions = try await RegionStore.all(limit: limit, on: control).map { region -> JSONValue in
        let detail = details.first { $0.number == region.number }
        return [
          "name": .string(region.name.text), "number": .integer(Int(region.number.value)),
          "state": .string(region.state.rawValue),
          "sync": .string((states[region.number] ?? .joining).rawValue), "locality": .string(region.locality),
          "category": .string(region.category.rawValue), "residency_tier": .string(region.tier.rawValue),
          "url": .string(region.url), "software": .optional(detail?.software),
          "active_agent": .optional(detail?.agent),
          "standby_agents": .array(
            standbys.filter { $0.region == region.number }.map { standby in
              ["fingerprint": .string(standby.agent), "seen_seconds_ago": seconds(since: standby.seen)]
            }),
          "seen_seconds_ago": seconds(since: detail?.seen), "organizations": .integer(detail?.organizations ?? 0),
          "quarantined": .integer(detail?.quarantined ?? 0), "leaving": .integer(detail?.leaving ?? 0),
          "incidents_open": .integer(incidents[region.number]?.open ?? 0),
          "incidents_mended": .integer(incidents[region.number]?.mended ?? 0),
          "pending_fingerprints": .array((pending[region.id] ?? []).map { .string($0) }),
          "snapshot": [
            "down": given.first { $0.stream.value == region.number.value }?.json ?? .null,
            "up": taken.first { $0.stream.value == region.number.value }?.json ?? .null,
          ],
          "lanes": .array(
            downstream.filter { $0.region == region.number }.map { lane in
              line("down", lane.lane, position: lane.position, head: log?.head ?? 0, since: lane.behindSince)
            }
              + upstream.filter { $0.region == region.number }.map { lane in
                line("up", lane.lane, position: lane.position, head: lane.head, since: lane.applied)
              }),
        ]
      }
      return [
        "log": [
          "epoch": .integer(Int(epoch?.ordinal ?? 0)),
          "parent": epoch?.parent.map { .integer(Int($0)) } ?? .null, "fork": .decimal(epoch?.fork ?? 0),
          "cause": .optional(epoch?.cause.rawValue), "head": .decimal(log?.head ?? 0),
          "complete_as_of": .decimal(log?.completeAsOf ?? 0), "fresh_seconds_ago": fresh(log?.completeAsOf),
        ],
        "reconcile": [
          "state": .string(reconcile.state.phase.rawValue), "awaited": .integer(reconcile.state.awaited.count),
        ],
        "regions": .array(regions),
      ]
    }
  }

  private func line(_ direction: String, _ lane: String, position: Int64, head: Int64, since: Date?) -> JSONValue {
    let rows = max(0, head - position)
    return [
      "direction": .string(direction), "lane": .string(lane), "cursor": .decimal(position), "head": .decimal(head),
      "lag_rows": .integer(rows),
      "lag_seconds": rows == 0 ? 0 : seconds(since: since),
    ]
  }

  private func seconds(since date: Date?) -> JSONValue {
    date.map { .integer(Int64(max(0, environment.now().timeIntervalSince($0)))) } ?? .null
  }

  private func fresh(_ microseconds: Int64?) -> JSONValue {
    guard let microseconds, microseconds > 0 else { return .null }
    return .integer(max(0, environment.seconds - microseconds / 1_000_000))
  }
}
