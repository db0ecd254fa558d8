package import Logging
package import Outbox
internal import Postgres
internal import ServiceLifecycle
package import Silo

/// Hears on a connection of its own what changes, and says how far it has heard: an answer of the server carries everything announced before it.
///
/// Asks every ``pace`` while somebody uses what is kept, and rests otherwise.
package struct ChangeListener: Service {
  private let knowledge: Knowledge
  private let database: SiloDatabase<RegionSilo>
  private let logger: Logger

  /// Between two questions while the copy is used: well below ``Knowledge/bound``.
  private static let pace = Duration.milliseconds(30)
  /// After so long without use it rests.
  private static let rest = Duration.seconds(2)
  /// How long it listens without a question while it rests.
  private static let doze = Duration.milliseconds(250)
  /// Between a loss of the connection and the next try.
  private static let pause = Duration.milliseconds(500)

  package init(knowledge: Knowledge, database: SiloDatabase<RegionSilo>, logger: Logger) {
    self.knowledge = knowledge
    self.database = database
    self.logger = logger
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          try await listen()
        } catch is CancellationError {
          return
        } catch {
          logger.warning("changes are not announced", metadata: ["error": "\(error)"])
        }
        knowledge.lost()
        await Suspension.sleep(until: .now + Self.pause)
      }
    }
  }

  private func listen() async throws {
    try await database.withConnection { lease in
      let connection = lease.connection
      try await connection.listen(KnowledgeStore.channel)
      knowledge.lost()
      while !Task.isCancelled {
        let asked = ContinuousClock.now
        let completeAsOf = try await KnowledgeStore.pulse(on: connection)
        while let notification = try await connection.nextNotification(within: .zero) {
          knowledge.hear(notification.payload)
        }
        knowledge.heard(before: asked, completeAsOf: completeAsOf)
        try await wait(on: connection)
      }
    }
  }

  /// Passes notices on as they come, until it is time to ask again.
  private func wait(on connection: PostgresConnection) async throws {
    var until = ContinuousClock.now + Self.pace
    while !Task.isCancelled {
      let now = ContinuousClock.now
      let rests = now - knowledge.lastUse > Self.rest
      if rests { until = now + Self.doze } else if now >= until { return }
      let limit = rests ? Self.doze : until - now
      if let notification = try await connection.nextNotification(within: limit) {
        knowledge.hear(notification.payload)
      } else if !rests {
        return
      }
      // Woken up by use: ask at once.
      if rests, ContinuousClock.now - knowledge.lastUse <= Self.rest { return }
    }
  }
}
