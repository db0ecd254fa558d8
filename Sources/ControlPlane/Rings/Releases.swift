internal import Outbox
package import Silo

/// What operators do with ring-gated items: add revisions, release them ring by ring, halt, go on, take back.
///
/// Everything about one item happens under its row's lock, rings locked before it.
package struct Releases: Sendable {
  /// Rollouts and revisions that a document shows.
  static let shown = 20
  /// Items of all kinds, and bytes of their newest values together: a region that changes its ring is sent them in one batch.
  static let largest = (items: Int64(5000), bytes: Int64(8 * 1024 * 1024))

  let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Adds a revision. Nobody gets it before it is released.
  /// - Parameter value: JSON; nil for a revision that takes the item away.
  /// - Throws: ``ControlError`` `itemsTooMany`
  package func add(_ item: GatedItem, value: String?, note: String, by actor: OperatorID) async throws -> Int64 {
    let id: RevisionID = environment.identifiers.next()
    return try await environment.write { control in
      let number = try await RevisionStore.add(id, of: item, value: value, note: note, by: actor, on: control)
      let extent = try await RevisionStore.extent(on: control)
      guard extent.items <= Self.largest.items, extent.bytes <= Self.largest.bytes else {
        throw ControlError(.itemsTooMany, "All items together have at most 5000 names and 8 MiB.")
      }
      try await AuditStore.append(.operator(actor), "revision.add", "\(item) \(number)", on: control)
      return number
    }
  }

  /// Releases a revision to the first ring; a rollout that is under way ends as superseded.
  /// - Throws: ``ControlError`` `itemUnknown`, `revisionUnknown`
  package func release(
    _ item: GatedItem, revision number: Int64?, automatic: Bool, by actor: OperatorID
  ) async throws -> RolloutStore.Rollout {
    let id: RolloutID = environment.identifiers.next()
    return try await changing(item) { control in
      guard let revision = try await RevisionStore.find(number, of: item, on: control) else {
        throw ControlError(.revisionUnknown)
      }
      guard let first = try await RingStore.all(on: control).first else { throw ControlError(.ringUnknown) }
      try await RolloutStore.insert(
        id, item, revision: revision.id, automatic: automatic, by: actor, on: control)
      let rollout = try await newest(item, on: control)
      try await RolloutStore.release(
        rollout, to: first.name, live: try await RegionHealth.now(on: control).live, on: control)
      try await AuditStore.append(
        .operator(actor), "rollout.start", "\(item) \(revision.number) \(first.name)", on: control)
      return rollout
    }
  }

  /// Releases the revision under way to the next ring.
  /// - Parameter skipSoak: also when the last ring has not soaked, or did not confirm.
  /// - Throws: ``ControlError`` `rolloutRefused` with what it waits for.
  package func promote(_ item: GatedItem, skipSoak: Bool, by actor: OperatorID) async throws -> RolloutStore.Rollout {
    try await changing(item) { control in
      let rollout = try await newest(item, on: control)
      guard rollout.state == .running else {
        throw ControlError(.rolloutRefused, "The rollout is \(rollout.state.rawValue), not running.")
      }
      try await RolloutStore.noteProgress(of: rollout.id, on: control)
      let health = try await RegionHealth.now(on: control)
      var view = try await RolloutStore.view(
        of: rollout, states: health.states, isSourceFresh: health.isSourceFresh, on: control)
      view.isAutomatic = true
      switch view.decide() {
      case .halt(let failure):
        throw ControlError(.rolloutRefused, "Region \(failure.region) speaks against it: \(failure.detail).")
      case .complete:
        try await RolloutStore.setState(.complete, of: rollout.id, on: control)
      case .promote(let place):
        try await promote(rollout, to: view.stages[place].ring, health: health, by: .operator(actor), on: control)
      case .wait(let reason):
        guard skipSoak else { throw ControlError(.rolloutRefused, reason.sentence) }
        if let next = view.stages.first(where: { !$0.isReleased }) {
          try await promote(rollout, to: next.ring, health: health, by: .operator(actor), on: control)
        } else {
          try await RolloutStore.setState(.complete, of: rollout.id, on: control)
        }
      }
      return try await newest(item, on: control)
    }
  }

  /// Stops a rollout where it is. Rings that have the revision keep it.
  package func halt(_ item: GatedItem, reason: String, by actor: OperatorID) async throws -> RolloutStore.Rollout {
    try await changing(item) { control in
      let rollout = try await newest(item, on: control)
      guard rollout.state == .running else {
        throw ControlError(.rolloutRefused, "The rollout is \(rollout.state.rawValue), not running.")
      }
      try await RolloutStore.setState(.halted, of: rollout.id, code: "OPERATOR", reason: reason, on: control)
      try await AuditStore.append(.operator(actor), "rollout.halt", item.description, on: control)
      return try await newest(item, on: control)
    }
  }

  /// Goes on with a halted rollout. Regions that speak against it now are excused: the operator has seen them.
  package func resume(_ item: GatedItem, by actor: OperatorID) async throws -> RolloutStore.Rollout {
    try await changing(item) { control in
      let rollout = try await newest(item, on: control)
      guard rollout.state == .halted else {
        throw ControlError(.rolloutRefused, "The rollout is \(rollout.state.rawValue), not halted.")
      }
      let health = try await RegionHealth.now(on: control)
      let view = try await RolloutStore.view(
        of: rollout, states: health.states, isSourceFresh: health.isSourceFresh, on: control)
      try await RolloutStore.excuse(view.failures.map(\.region), in: rollout.id, on: control)
      try await RolloutStore.setState(.running, of: rollout.id, on: control)
      try await AuditStore.append(.operator(actor), "rollout.resume", item.description, on: control)
      return try await newest(item, on: control)
    }
  }

  /// Takes the last rollout back: every ring returns at once to the revision of the last other rollout that was completed, or to nothing.
  package func rollback(_ item: GatedItem, by actor: OperatorID) async throws -> RolloutStore.Rollout {
    try await changing(item) { control in
      let history = try await RolloutStore.newest(Self.shown, of: item, on: control)
      guard let rollout = history.first(where: { $0.state.isOpen || $0.state == .complete }) else {
        throw ControlError(.rolloutRefused, "Nothing is released that could be taken back.")
      }
      let target = try await RolloutStore.previous(of: item, before: rollout.id, on: control)
      _ = try await RolloutStore.restore(item, to: target, on: control)
      try await RolloutStore.setState(.rolledBack, of: rollout.id, on: control)
      try await AuditStore.append(.operator(actor), "rollout.rollback", item.description, on: control)
      return try await RolloutStore.newest(Self.shown, of: item, on: control).first { $0.id == rollout.id } ?? rollout
    }
  }

  /// Gives the revision to one more ring.
  func promote(
    _ rollout: RolloutStore.Rollout, to ring: RingName, health: RegionHealth, by actor: AuditStore.Actor,
    on control: ControlConnection
  ) async throws {
    try await RolloutStore.release(rollout, to: ring, live: health.live, on: control)
    try await AuditStore.append(actor, "rollout.promote", "\(rollout.item) \(rollout.number) \(ring)", on: control)
  }

  /// Runs `body` under the item's lock, with the order of the rings fixed.
  func changing<T>(_ item: GatedItem, _ body: (ControlConnection) async throws -> T) async throws -> T {
    try await environment.write { control in
      _ = try await RingStore.all(lock: .shared, on: control)
      guard try await RevisionStore.lock(item, on: control) else { throw ControlError(.itemUnknown) }
      return try await body(control)
    }
  }

  func newest(_ item: GatedItem, on control: ControlConnection) async throws -> RolloutStore.Rollout {
    guard let rollout = try await RolloutStore.newest(1, of: item, on: control).first else {
      throw ControlError(.rolloutRefused, "Nothing of it was ever released.")
    }
    return rollout
  }
}

extension RolloutDecision.Reason {
  /// For people.
  var sentence: String {
    switch self {
    case .sourceStale: "Control's own log is not fresh, so no region can be judged."
    case .unconfirmed(let regions):
      "Not confirmed by the regions \(regions.map(\.description).joined(separator: ", "))."
    case .soaking(let seconds): "The ring soaks for \(Int(seconds.rounded(.up))) more seconds."
    case .operatorPromotes: "The ring has soaked; an operator promotes."
    }
  }
}
