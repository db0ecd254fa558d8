internal import Outbox
internal import Postgres
package import Silo

/// The rings and who is in them.
package struct RingDirectory: Sendable {
  /// Rings that there may be.
  static let largest = 32

  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  package func all() async throws -> (rings: [RingStore.Ring], assignments: [RingStore.Assignment]) {
    try await environment.database.withTransaction(.repeatableRead(readOnly: true)) { control in
      (try await RingStore.all(on: control), try await RingStore.assignments(on: control))
    }
  }

  /// Changes a ring or adds one.
  /// - Throws: ``ControlError`` `ringTaken` when another ring has the place, or there are too many.
  package func put(
    _ name: RingName, place: Int?, soakSeconds: Int64?, watchSeconds: Int64?, by actor: OperatorID
  ) async throws -> RingStore.Ring {
    try await environment.write { control in
      let rings = try await RingStore.all(lock: .exclusive, on: control)
      let known = rings.first { $0.name == name }
      let ring = RingStore.Ring(
        name: name, place: place ?? known?.place ?? (rings.last?.place ?? 0) + 10,
        soakSeconds: soakSeconds ?? known?.soakSeconds ?? 3600,
        watchSeconds: watchSeconds ?? known?.watchSeconds ?? 7200)
      guard known != nil || rings.count < Self.largest else {
        throw ControlError(.ringTaken, "There are \(rings.count) rings, which is as many as there can be.")
      }
      let isDone =
        known == nil
        ? try await RingStore.insert(ring, on: control) : try await RingStore.put(ring, on: control)
      guard isDone else { throw ControlError(.ringTaken, "Another ring has the place \(ring.place).") }
      try await AuditStore.append(.operator(actor), "ring.set", name.text, on: control)
      return ring
    }
  }

  /// Removes a ring that no region is in.
  /// - Throws: ``ControlError`` `ringUnknown`, `ringInUse`
  package func remove(_ name: RingName, by actor: OperatorID) async throws {
    try await environment.write { control in
      let rings = try await RingStore.all(lock: .exclusive, on: control)
      guard rings.contains(where: { $0.name == name }) else { throw ControlError(.ringUnknown) }
      guard rings.count > 1, try await RingStore.remove(name, on: control) else {
        throw ControlError(.ringInUse, "Assign its regions to another ring first; the last ring stays.")
      }
      try await AuditStore.append(.operator(actor), "ring.remove", name.text, on: control)
    }
  }

  /// Puts a region into a ring: it is told at once what that ring has and what it has not.
  /// - Throws: ``ControlError`` `regionUnknown`, `ringUnknown`
  package func assign(_ region: RegionName, to ring: RingName, by actor: OperatorID) async throws {
    try await environment.write { control in
      let health = try await RegionHealth.now(on: control)
      guard try await RingStore.all(lock: .shared, on: control).contains(where: { $0.name == ring }) else {
        throw ControlError(.ringUnknown)
      }
      guard let region = try await RegionStore.find(region, on: control) else { throw ControlError(.regionUnknown) }
      guard try await RingStore.assign(region.number, to: ring, on: control) else { return }
      try await RolloutStore.give(
        to: region.number, in: ring, isLive: health.states[region.number] == .live, on: control)
      try await AuditStore.append(.operator(actor), "ring.assign", "\(region.name.text) \(ring.text)", on: control)
    }
  }
}
