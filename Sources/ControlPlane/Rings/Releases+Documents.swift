internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo
package import SyncProtocol

extension Releases {
  /// The items of a kind.
  package func list(_ kind: String) async throws -> JSONValue {
    let limit = environment.limits.page
    let items = try await environment.database.withConnection {
      try await RevisionStore.items(of: kind, limit: limit, on: $0)
    }
    return [
      "kind": .string(kind),
      "items": .array(
        items.map { ["name": .string($0.name), "newest": .integer($0.newest), "state": .optional($0.state?.rawValue)] }),
    ]
  }

  /// An item: its revisions, its last rollouts, and ring by ring what is released there and how its regions take it.
  /// - Throws: ``ControlError`` `itemUnknown`
  package func document(_ item: GatedItem) async throws -> JSONValue {
    try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
      let revisions = try await RevisionStore.newest(Self.shown, of: item, on: control)
      guard !revisions.isEmpty else { throw ControlError(.itemUnknown) }
      let rollouts = try await RolloutStore.newest(Self.shown, of: item, on: control)
      let released = try await RolloutStore.released(item, on: control)
      let health = try await RegionHealth.now(on: control)
      let names = try await RegionStore.all(limit: 4095, on: control)
      var stages: [RolloutView.Stage] = []
      var waits: RolloutDecision?
      if let current = rollouts.first {
        let view = try await RolloutStore.view(
          of: current, states: health.states, isSourceFresh: health.isSourceFresh, on: control)
        stages = view.stages
        waits = current.state == .running ? view.decide() : nil
      }
      let byNumber = Dictionary(names.map { ($0.number, $0.name.text) }) { first, _ in first }
      return [
        "kind": .string(item.kind.name), "name": .string(item.name),
        "revisions": .array(try revisions.map(Self.json)),
        "rollouts": .array(rollouts.map { Self.json($0, names: byNumber) }),
        "waits_for": .optional(waits.flatMap(Self.sentence)),
        "rings": .array(
          stages.map { stage in
            [
              "ring": .string(stage.ring.text), "reached": .bool(stage.isReleased),
              "revision": released[stage.ring].map { .integer($0) } ?? .null,
              "regions": .array(stage.regions.map { Self.json($0, name: byNumber[$0.number]) }),
            ]
          }),
      ]
    }
  }

  /// One rollout as an answer.
  package static func json(_ rollout: RolloutStore.Rollout, names: [RegionNumber: String] = [:]) -> JSONValue {
    [
      "id": .string(rollout.id.description), "revision": .integer(rollout.number),
      "state": .string(rollout.state.rawValue), "automatic": .bool(rollout.isAutomatic),
      "code": .optional(rollout.code), "reason": .optional(rollout.reason),
      "region": .optional(rollout.region.map { names[$0] ?? $0.description }),
      "created": .string(rollout.created.formatted(.iso8601)),
    ]
  }

  private static func json(_ revision: RevisionStore.Revision) throws -> JSONValue {
    [
      "revision": .integer(revision.number), "removed": .bool(revision.value == nil),
      "value": try revision.value.map { try JSONParser.parse(Array($0.utf8)) } ?? .null, "note": .string(revision.note),
      "created": .string(revision.created.formatted(.iso8601)),
    ]
  }

  private static func json(_ region: RolloutView.Region, name: String?) -> JSONValue {
    [
      "region": .string(name ?? region.number.description), "sync": .string(region.state.rawValue),
      "confirmed_seconds_ago": region.appliedSeconds.map { .integer(Int64(max(0, $0))) } ?? .null,
      "refused": .optional(region.refusal), "excused": .bool(region.isExcused),
    ]
  }

  private static func sentence(_ decision: RolloutDecision) -> String? {
    switch decision {
    case .wait(let reason): reason.sentence
    case .promote, .complete, .halt: nil
    }
  }
}
