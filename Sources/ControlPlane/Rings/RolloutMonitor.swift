internal import Logging
internal import Outbox
internal import Postgres
internal import ServiceLifecycle
internal import Silo

/// Watches every rollout: promotes what has soaked, and halts what a region speaks against. A held rollout delays nothing else.
///
/// Any number of control processes may do this at once: a decision is taken again under the item's lock before it is carried out.
package struct RolloutMonitor: Service {
  private let environment: ControlEnvironment
  private let releases: Releases
  private let interval: Duration

  package init(environment: ControlEnvironment, interval: Duration = .seconds(1)) {
    self.environment = environment
    self.interval = interval
    releases = Releases(environment: environment)
  }

  package func run() async throws {
    // Nothing goes on while nobody can look; nothing is lost either.
    await Rounds(pause: interval, complaint: "rollouts could not be watched", logger: environment.logger).run {
      try await pass()
      return false
    }
  }

  /// One look at everything under way.
  package func pass() async throws {
    let running = try await environment.database.withConnection { try await RolloutStore.all(.running, on: $0) }
    guard !running.isEmpty else { return }
    let health = try await environment.database.withTransaction(.repeatableRead(readOnly: true)) {
      try await RegionHealth.now(on: $0)
    }
    for rollout in running {
      do {
        try await look(rollout, health)
      } catch let error as CancellationError {
        throw error
      } catch {
        environment.logger.warning(
          "a rollout could not be watched", metadata: ["rollout.item": "\(rollout.item)", "error": "\(error)"])
      }
    }
  }

  private func look(_ rollout: RolloutStore.Rollout, _ health: RegionHealth) async throws {
    let decision = try await environment.database.withTransaction(.readCommitted) { control in
      try await RolloutStore.noteProgress(of: rollout.id, on: control)
      return try await RolloutStore.view(
        of: rollout, states: health.states, isSourceFresh: health.isSourceFresh, on: control
      ).decide()
    }
    if case .wait = decision { return }
    try await releases.changing(rollout.item) { control in
      let current = try await releases.newest(rollout.item, on: control)
      guard current.id == rollout.id, current.state == .running else { return }
      let view = try await RolloutStore.view(
        of: current, states: health.states, isSourceFresh: health.isSourceFresh, on: control)
      switch view.decide() {
      case .wait: break
      case .promote(let place):
        try await releases.promote(current, to: view.stages[place].ring, health: health, by: .system, on: control)
      case .complete:
        try await RolloutStore.setState(.complete, of: current.id, on: control)
        try await AuditStore.append(.system, "rollout.complete", "\(current.item) \(current.number)", on: control)
      case .halt(let failure):
        try await RolloutStore.setState(
          .halted, of: current.id, code: failure.code, reason: failure.detail, region: failure.region, on: control)
        try await AuditStore.append(
          .system, "rollout.halt", "\(current.item) \(current.number)", isAlarm: true, on: control)
        environment.logger.error(
          "a rollout is halted",
          metadata: [
            "rollout.item": "\(current.item)", "rollout.code": "\(failure.code)", "sync.region": "\(failure.region)",
          ])
      }
    }
  }
}
