internal import struct FoundationEssentials.Date
package import Logging
package import Outbox
internal import Postgres
internal import ServiceLifecycle
package import Silo
internal import Synchronization
package import SyncProtocol
internal import Web

/// Keeps the nonces of routed requests in the region's database, many with one commit: requests that arrive while one is under way share the next.
///
/// A request goes on only after the commit that holds its nonce. Without the service's ``run()`` nothing is kept and nothing goes on.
package final class ForwardNonces: Service {
  private struct Waiter {
    let nonce: NonceRecord
    let isNew: CheckedContinuation<Bool, any Error>
  }

  private struct State {
    var waiting: [Waiter] = []
    var isOpen = true
  }

  /// Requests that wait at most; more are told to come back.
  private static let capacity = 10_000
  /// Nonces of one commit.
  private static let batch = 1000
  /// Seconds between two rounds of forgetting, and nonces that one forgets.
  private static let pruneEvery: Int64 = 10
  private static let pruned = 20_000

  private let database: SiloDatabase<RegionSilo>
  private let now: @Sendable () -> Int64
  private let logger: Logger
  private let arrived = Doorbell()
  private let state = Mutex(State())

  package init(database: SiloDatabase<RegionSilo>, now: @escaping @Sendable () -> Int64, logger: Logger) {
    self.database = database
    self.now = now
    self.logger = logger
  }

  /// Keeps a nonce; false when it was used before.
  ///
  /// - Throws: 503 ``Problem`` when too many wait, or the region stops; errors of the database.
  package func record(_ nonce: NonceRecord) async throws -> Bool {
    try await withCheckedThrowingContinuation { continuation in
      let isTaken = state.withLock { state in
        guard state.isOpen, state.waiting.count < Self.capacity else { return false }
        state.waiting.append(Waiter(nonce: nonce, isNew: continuation))
        return true
      }
      guard isTaken else { return continuation.resume(throwing: Self.busy) }
      arrived.ring()
    }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown { await self.keepAll() }
    let left = state.withLock { state in
      state.isOpen = false
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in left { waiter.isNew.resume(throwing: Self.busy) }
  }

  private func keepAll() async {
    var pruned: Int64 = 0
    while !Task.isCancelled {
      let rings = arrived.rings
      await keep()
      if now() - pruned >= Self.pruneEvery {
        pruned = now()
        await prune()
      }
      guard state.withLock({ $0.waiting.isEmpty }) else { continue }
      _ = await arrived.wait(beyond: rings, limit: .seconds(Self.pruneEvery))
    }
  }

  /// One commit for those that wait.
  private func keep() async {
    let batch = state.withLock { state in
      let batch = state.waiting.prefix(Self.batch)
      state.waiting.removeFirst(batch.count)
      return batch
    }
    guard !batch.isEmpty else { return }
    do {
      var new = try await database.withConnection { connection in
        try await ForwardNonceStore.record(batch.map(\.nonce), on: connection)
      }
      for waiter in batch {
        let name = ForwardNonceStore.Name(keyid: waiter.nonce.keyid, nonce: waiter.nonce.nonce)
        waiter.isNew.resume(returning: new.remove(name) != nil)
      }
    } catch {
      // Whether it was kept is not known: the request is refused, and its sender signs anew.
      for waiter in batch { waiter.isNew.resume(throwing: error) }
    }
  }

  private func prune() async {
    do {
      let before = Date(timeIntervalSince1970: Double(now()))
      _ = try await database.withConnection { connection in
        try await ForwardNonceStore.prune(before: before, limit: Self.pruned, on: connection)
      }
    } catch {
      logger.debug("nonces were not forgotten", metadata: ["error": "\(error)"])
    }
  }

  private static var busy: Problem {
    .unavailable("Too many requests arrive at once, or the region is stopping.", retryAfter: 1)
  }
}
