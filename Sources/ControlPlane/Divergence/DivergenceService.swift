internal import Postgres
package import FoundationEssentials
internal import Outbox
package import Silo
internal import SyncProtocol

/// What operators ask about divergence: comparisons and incidents.
package struct DivergenceService: Sendable {
  /// Seconds that an operator's comparison may take.
  static let deadline: Int32 = 3600
  /// Rows of a result that are shown.
  static let rowLimit = 2000

  private let environment: ControlEnvironment
  private let plans: ComparisonPlans
  private let desk: ComparisonDesk

  package init(environment: ControlEnvironment, desk: ComparisonDesk) {
    self.environment = environment
    self.desk = desk
    plans = ComparisonPlans(registry: ControlKinds.registry(environment: environment))
  }

  /// Asks a region's agent to compare. One comparison at a time: a second request for the same gets the one that runs.
  /// - Throws: ``ControlError`` `regionUnknown`, `kindUnknown`, `comparisonOpen`
  package func start(
    _ region: RegionName, kinds: [String], repairs: Bool, by actor: OperatorID
  ) async throws -> UUID {
    for kind in kinds where !plans.kinds.contains(kind) {
      throw ControlError(.kindUnknown, "The kinds are \(plans.kinds.sorted().joined(separator: ", ")).")
    }
    let id = UUID()
    let found = try await environment.database.withTransaction(.readCommitted) { control -> UUID in
      guard let region = try await RegionStore.find(region, on: control) else { throw ControlError(.regionUnknown) }
      if try await ComparisonStore.insert(
        id, region: region.number, origin: .operator, kinds: kinds.sorted(), repairs: repairs, within: Self.deadline,
        on: control)
      {
        try await AuditStore.append(
          .operator(actor), repairs ? "region.repair" : "region.diff", region.name.text, on: control)
        return id
      }
      let open = try await ComparisonStore.open(of: region.number, origin: .operator, on: control)
      guard let open, open.kinds == kinds.sorted(), open.repairs == repairs else {
        throw ControlError(.comparisonOpen)
      }
      return open.id
    }
    let due = try await environment.database.withConnection { try await ComparisonStore.dueRegions(on: $0) }
    desk.set(due)
    return found
  }

  /// A comparison as a document; nil when there is none of that id.
  func document(_ id: UUID) async throws -> JSONValue? {
    let limit = Self.rowLimit
    let now = environment.now()
    return try await environment.database.withConnection { control -> JSONValue? in
      guard let comparison = try await ComparisonStore.find(id, on: control) else { return nil }
      let seen = try await StatusStore.regions(on: control).first { $0.number == comparison.region }?.seen
      let rows = try await ComparisonStore.rows(of: id, limit: limit, on: control)
      return [
        "id": .string(id.uuidString.lowercased()), "state": .string(comparison.state),
        "repairs": .bool(comparison.repairs), "compared": .integer(comparison.compared),
        "divergences": .integer(comparison.divergences),
        "seen_seconds_ago": seen.map { .integer(Int64(max(0, now.timeIntervalSince($0)))) } ?? .null,
        "waiting_seconds": .integer(Int64(max(0, now.timeIntervalSince(comparison.created)))),
        "rows": .array(rows.map(Self.json)),
      ]
    }
  }

  func incidents() async throws -> JSONValue {
    let limit = environment.limits.page
    let incidents = try await environment.database.client.withConnection {
      try await IncidentStore.list(limit: limit, on: $0)
    }
    return [
      "incidents": .array(
        incidents.map { incident -> JSONValue in
          [
            "id": .decimal(incident.id), "region": .integer(Int(max(incident.stream, incident.silo).value)),
            "direction": .string(incident.stream == .control ? "down" : "up"), "kind": .string(incident.row.kind.name),
            "key": .string(incident.row.key.text), "difference": .string(incident.difference),
            "columns": .array(incident.columns.map { .string($0) }),
            "first_seen": .string(incident.firstSeen.formatted(.iso8601)),
            "last_seen": .string(incident.lastSeen.formatted(.iso8601)), "count": .integer(Int(incident.count)),
            "state": .string(incident.isOpen ? "open" : "mended"),
          ]
        })
    ]
  }

  private static func json(_ row: ComparisonStore.Row) -> JSONValue {
    [
      "direction": .string(row.direction), "kind": .string(row.kind), "key": .string(row.key),
      "difference": .string(row.difference), "details": .array(row.details.map { .string($0) }),
      "owned_version": .optional(row.owned), "held_version": .optional(row.held), "mended": .bool(row.isMended),
    ]
  }
}
