internal import FoundationEssentials
package import Hummingbird
internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol
package import Web

/// `/api/v1/operator/reconcile…` and `epoch/bump`.
package struct ReconcileRoutes: Sendable {
  private let environment: ControlEnvironment
  private let reconciler: Reconciliations
  private let authentication: OperatorAuthentication

  package init(environment: ControlEnvironment, reconciler: Reconciliations, authentication: OperatorAuthentication) {
    self.environment = environment
    self.reconciler = reconciler
    self.authentication = authentication
  }

  package func add(to router: Router<WebContext>) {
    router.get("/api/v1/operator/reconcile") { request, _ in
      _ = try await authentication.require(.readStatus, of: request)
      return Response(json: try await document())
    }
    router.post("/api/v1/operator/reconcile/release") { request, _ in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("region")
      let name = try body.field("region").parsed("a DNS label") { text -> RegionName? in
        do { return try RegionName(text) } catch { return nil }
      }
      try await reconciler.release(name, by: asking.id)
      return Response(json: try await document())
    }
    router.post("/api/v1/operator/reconcile/finish") { request, _ in
      let asking = try await authentication.require(.manageRegions, of: request)
      try await reconciler.finish(by: asking.id)
      return Response(json: try await document())
    }
    router.post("/api/v1/operator/epoch/bump") { request, _ in
      let asking = try await authentication.require(.manageRegions, of: request)
      let body = try await request.json(limit: 4096)
      try body.only("from")
      let from = Int32(try body.field("from").integer(in: 1...Int64(Int32.max)))
      guard let epoch = try await reconciler.bumpEpoch(from: from, by: asking.id) else {
        throw Problem.unavailable("The log of control has not begun yet.", retryAfter: 1)
      }
      return Response(json: epoch.json)
    }
  }

  private func document() async throws -> JSONValue {
    try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
      let (state, matter) = try await ReconcileStore.load(locking: false, on: control)
      let parked = try await ReconcileStore.parked(limit: environment.limits.page, on: control).map {
        row -> JSONValue in
        [
          "region": .string(row.region.text), "kind": .string(row.kind), "key": .string(row.key),
          "code": .string(row.code), "since": .string(row.since.formatted(.iso8601)),
        ]
      }
      return [
        "state": .string(state.phase.rawValue), "cause": .string(matter.cause), "epoch": .integer(Int(matter.epoch)),
        "fork": .decimal(matter.fork.value), "began": .optional(matter.began?.formatted(.iso8601)),
        "ended": .optional(matter.ended?.formatted(.iso8601)),
        "regions": .array(try await ReconcileStore.lines(on: control).map(Self.json)), "parked": .array(parked),
      ]
    }
  }

  private static func json(_ line: ReconcileStore.RegionLine) -> JSONValue {
    [
      "name": .string(line.region.text), "standing": .string(line.standing.rawValue),
      "receipts": .integer(line.receipts), "differences": .integer(line.differences), "parked": .integer(line.parked),
    ]
  }
}

extension EpochStore.Description {
  /// As operators see it.
  var json: JSONValue {
    [
      "epoch": .integer(Int(ordinal)), "parent": parent.map { .integer(Int($0)) } ?? .null, "fork": .decimal(fork),
      "cause": .string(cause.rawValue), "since": .string(started.formatted(.iso8601)),
    ]
  }
}
