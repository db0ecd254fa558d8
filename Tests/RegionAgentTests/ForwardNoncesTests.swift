import FoundationEssentials
import Outbox
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("Nonces of routed requests")
struct ForwardNoncesTests {
  /// Two processes of one region.
  private func running(
    _ body:
      @Sendable @escaping (_ region: RegionFixture, _ first: ForwardNonces, _ second: ForwardNonces) async throws
      -> Void
  ) async throws {
    try await RegionFixture.with { region in
      let ledgers = (0..<2).map { _ in
        ForwardNonces(database: region.database, now: WallClock.system.seconds, logger: FakeControl.logger)
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for ledger in ledgers {
          group.addTask {
            do { try await ledger.run() } catch is CancellationError {}
            return false
          }
        }
        group.addTask {
          try await body(region, ledgers[0], ledgers[1])
          return true
        }
        defer { group.cancelAll() }
        while let isDone = try await group.next(), !isDone {}
      }
      // Whoever comes after the end is told so, not left waiting.
      await #expect(throws: Problem.self) {
        _ = try await ledgers[0].record(NonceRecord(keyid: "k", nonce: "late", expires: 0))
      }
    }
  }

  @Test("are taken once over all processes, however many ask at once")
  func once() async throws {
    try await running { region, first, second in
      let expires = WallClock.system.seconds() + 300
      let new = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
        for index in 0..<400 {
          // Each of 100 nonces four times, from both processes.
          let record = NonceRecord(keyid: "key", nonce: "nonce-\(index % 100)", expires: expires)
          let ledger = index.isMultiple(of: 2) ? first : second
          group.addTask { (record.nonce, try await ledger.record(record)) }
        }
        var new: [String: Int] = [:]
        for try await (nonce, isNew) in group where isNew { new[nonce, default: 0] += 1 }
        return new
      }
      #expect(new.count == 100)
      #expect(new.values.allSatisfy { $0 == 1 })
      #expect(try await region.count("outbox.nonce") == 100)
      #expect(try await first.record(NonceRecord(keyid: "other", nonce: "nonce-1", expires: expires)))
    }
  }

  @Test("are forgotten when they have expired, and no sooner")
  func forgotten() async throws {
    try await RegionFixture.with { region in
      let now = WallClock.system.seconds()
      let records = (0..<10).map { NonceRecord(keyid: "k", nonce: "n\($0)", expires: now - 5 + Int64($0) * 2) }
      let date = Date(timeIntervalSince1970: Double(now))
      let counts = try await region.database.withConnection { connection in
        [
          try await ForwardNonceStore.record(records, on: connection).count,
          try await ForwardNonceStore.prune(before: date, limit: 2, on: connection),
          try await ForwardNonceStore.prune(before: date, limit: 100, on: connection),
          try await ForwardNonceStore.record(records, on: connection).count,
        ]
      }
      #expect(counts == [10, 2, 1, 3])
    }
  }
}
