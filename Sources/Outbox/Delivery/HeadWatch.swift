internal import Logging
internal import Postgres
internal import ServiceLifecycle
internal import Synchronization
internal import SyncProtocol

/// Rings the doorbell of readers when another process's sequencer moved the head of the log.
///
/// Where the sequencer leads, its own process rings after each commit. A process that only serves would answer a held request when the hold ends; it
/// looks at the head instead, and only while its sequencer does not lead.
package final class HeadWatch: Service {
  /// How often the head is looked at.
  package static let interval = Duration.milliseconds(50)
  /// After a failure: the database is away, and its readers will say so themselves.
  private static let pause = Duration.seconds(1)

  private let client: PostgresClient
  private let sequencer: Sequencer
  private let logger: Logger
  private let stopping = Doorbell()

  package init(_ sequencer: Sequencer) {
    self.sequencer = sequencer
    client = sequencer.client
    logger = sequencer.logger
  }

  package func run() async throws {
    await withGracefulShutdownHandler {
      var last: Position?
      while stopping.rings == 0, !Task.isCancelled {
        guard !sequencer.isLeading else {
          last = nil
          _ = await stopping.wait(beyond: 0, limit: Self.pause)
          continue
        }
        var next = Self.interval
        do {
          let head = try await client.withConnection { try await LogReader.head(on: $0) }
          if head != last { sequencer.head.ring() }
          last = head
        } catch {
          logger.debug("cannot look at the head of the log", metadata: ["error": "\(error)"])
          next = Self.pause
        }
        _ = await stopping.wait(beyond: 0, limit: next)
      }
    } onGracefulShutdown: {
      self.stopping.ring()
    }
  }
}
