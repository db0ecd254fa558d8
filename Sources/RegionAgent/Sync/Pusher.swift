internal import Logging
internal import Outbox
internal import ServiceLifecycle
internal import SyncProtocol
internal import Web

/// Sends the region's own log to control: the mirror image of pulling. Control's answer to one batch is its request for the next; its
/// cursors, in its own database, are the only memory of what arrived.
package struct Pusher: Service {
  private let link: ControlLink
  private let sender: Sender
  private let bulk: BulkPusher
  private let traces: RegionTraces
  private let logger: Logger

  init(link: ControlLink, sender: Sender, bulk: BulkPusher, traces: RegionTraces, logger: Logger) {
    self.link = link
    self.sender = sender
    self.bulk = bulk
    self.traces = traces
    self.logger = logger
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var backOff = BackOff(maximum: 10_000, seed: UInt64.random(in: .min ... .max))
      var asked: (session: String, request: SyncRequest)?
      while !Task.isCancelled {
        do {
          let opening = try await link.opening()
          if asked?.session != opening.session { bulk.ask(opening.bulk) }
          // A new session says anew what control has; within one, its last answer does.
          let current = if let asked, asked.session == opening.session { asked.request } else { opening.request }
          let answer = try await sender.answer(current)
          if case .retry(let milliseconds) = answer.body {
            try await Task.sleep(for: .milliseconds(milliseconds))
            continue
          }
          let pushed = try await link.push(answer, traces: traces.delivered(answer))
          if let fault = pushed.fault {
            logger.error("control dropped a batch", metadata: ["sync.fault": "\(fault)"])
            try await Task.sleep(for: .milliseconds(backOff.next()))
          } else {
            backOff.reset()
          }
          bulk.ask(pushed.request.bulk)
          asked = (opening.session, await link.request(pushed.request))
        } catch is CancellationError {
          return
        } catch {
          logger.debug("pushing failed", metadata: ["error": "\(error)"])
          // The batch may have arrived although its answer did not: then control refuses it and says what it has.
          let pause = await link.pause() ?? 0
          do { try await Task.sleep(for: .milliseconds(max(pause, backOff.next()))) } catch { return }
        }
      }
    }
  }
}
