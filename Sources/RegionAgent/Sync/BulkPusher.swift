package import Logging
package import Outbox
internal import ServiceLifecycle
internal import Synchronization
internal import SyncProtocol
internal import Web

/// Brings control the rows beside the stream that it asks for: chunks of a snapshot of this region's rows, one after another. Control's answer to
/// one chunk is its request for the next; its progress, in its own database, is the only memory of what arrived.
package final class BulkPusher: Service {
  private let link: ControlLink
  private let sender: BulkSender
  private let logger: Logger
  private let asked = Mutex<BulkRequest?>(nil)
  private let bell = Doorbell()

  package init(link: ControlLink, sender: BulkSender, logger: Logger) {
    self.link = link
    self.sender = sender
    self.logger = logger
  }

  /// Control's last word; nil changes nothing.
  func ask(_ request: BulkRequest?) {
    guard let request else { return }
    let isNew = asked.withLock { known in
      defer { known = request }
      return known?.id != request.id
    }
    if isNew { bell.ring() }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var backOff = BackOff(maximum: 10_000, seed: UInt64.random(in: .min ... .max))
      while !Task.isCancelled {
        let rings = self.bell.rings
        guard let request = self.asked.withLock({ $0 }) else {
          _ = await self.bell.wait(beyond: rings, limit: .seconds(3600))
          continue
        }
        do {
          let reply = try await self.sender.answer(request, for: .control)
          if case .retry(let milliseconds) = reply {
            try await Task.sleep(for: .milliseconds(milliseconds))
            continue
          }
          let answer = try await self.link.push(reply)
          if let fault = answer.fault {
            self.logger.error("control dropped a chunk", metadata: ["sync.fault": "\(fault)"])
            try await Task.sleep(for: .milliseconds(backOff.next()))
          } else {
            backOff.reset()
          }
          self.asked.withLock { $0 = $0 == request ? answer.bulk : $0 }
        } catch is CancellationError {
          return
        } catch {
          self.logger.debug("bringing a chunk failed", metadata: ["error": "\(error)"])
          // It may have arrived although its answer did not: then control says what it wants next.
          let pause = await self.link.pause() ?? 0
          do { try await Task.sleep(for: .milliseconds(max(pause, backOff.next()))) } catch { return }
        }
      }
    }
  }
}
