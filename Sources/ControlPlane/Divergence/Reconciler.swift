internal import Postgres
internal import Logging
internal import Outbox
internal import ServiceLifecycle

/// Has every connected region compared with control now and then, and tells pulls which agents are to come.
package struct Reconciler: Service {
  private let environment: ControlEnvironment
  private let desk: ComparisonDesk
  private let pace: ReconcilerPace

  package init(environment: ControlEnvironment, desk: ComparisonDesk, pace: ReconcilerPace = ReconcilerPace()) {
    self.environment = environment
    self.desk = desk
    self.pace = pace
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var passes = 0
      while !Task.isCancelled {
        do {
          if passes.isMultiple(of: pace.passesPerRound) { try await round() }
          try await look()
          passes += 1
          try await Task.sleep(for: pace.interval)
        } catch is CancellationError {
          return
        } catch {
          environment.logger.warning("the reconciler failed", metadata: ["error": "\(error)"])
          do { try await Task.sleep(for: pace.interval) } catch { return }
        }
      }
    }
  }

  /// Which agents are to come.
  package func look() async throws {
    desk.set(try await environment.database.withConnection { try await ComparisonStore.dueRegions(on: $0) })
  }

  /// Starts what is due and ends what is late.
  package func round() async throws {
    try await environment.database.withConnection { control in
      _ = try await ComparisonStore.abandonLate(on: control)
      _ = try await ComparisonStore.insertDue(
        after: pace.every, within: pace.deadline, limit: pace.startsPerRound, on: control)
      _ = try await ComparisonStore.prune(limit: 1000, on: control)
    }
    try await environment.database.client.withConnection { _ = try await IncidentStore.prune(on: $0) }
  }
}

/// How often regions are compared.
package struct ReconcilerPace: Sendable, Hashable {
  /// Between looks for questions that wait.
  package var interval = Duration.seconds(1)
  /// Looks between two rounds of starting and ending.
  package var passesPerRound = 15
  /// Comparisons started in one round: 1000 regions take some four minutes.
  package var startsPerRound = 60
  /// Seconds from the end of a region's comparison to its next.
  package var every: Int32 = 3600
  /// Seconds after which an unfinished one is given up.
  package var deadline: Int32 = 6 * 3600

  package init() {}
}
