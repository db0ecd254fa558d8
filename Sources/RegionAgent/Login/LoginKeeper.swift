internal import struct FoundationEssentials.Date
package import Logging
package import Outbox
internal import Postgres
internal import ServiceLifecycle
package import Silo

/// Keeps what logins leave behind in order: publishes this process's identity key, writes down what was used, deletes sessions that are over and what the
/// trail has kept long enough.
package struct LoginKeeper: Service {
  /// Seconds for which a published key is good; a verifier may have it in its cache when its process is gone.
  private static let keyLifetime: Int64 = 7200
  private static let publishEvery: Int64 = 1800
  private static let pruneEvery: Int64 = 30
  /// Sessions, and entries of the trail, that one pass deletes at most.
  private static let batch = 1000

  private let database: SiloDatabase<RegionSilo>
  private let signer: IdentitySigner
  private let used: UseRecorder
  private let auditDays: Int
  private let now: @Sendable () -> Int64
  private let logger: Logger

  /// - Parameter auditDays: days for which the trail is kept, 30 at least.
  package init(
    database: SiloDatabase<RegionSilo>, signer: IdentitySigner, used: UseRecorder, auditDays: Int,
    now: @escaping @Sendable () -> Int64, logger: Logger
  ) {
    self.database = database
    self.signer = signer
    self.used = used
    self.auditDays = auditDays
    self.now = now
    self.logger = logger
  }

  /// Lets applications verify what this process will say. Before anything is served.
  package func publish() async throws {
    let now = now()
    try await database.withTransaction { connection in
      try await IdentityKeyStore.publish(
        signer.verificationKey, expires: Date(timeIntervalSince1970: Double(now + Self.keyLifetime)),
        now: Date(timeIntervalSince1970: Double(now)), on: connection)
    }
  }

  /// Deletes sessions that are over; returns how many.
  package func prune() async throws -> Int {
    try await database.withTransaction { connection in
      try await BrowserSessionStore.prune(
        now: Date(timeIntervalSince1970: Double(now())), idle: SessionLimits.idle, limit: Self.batch, on: connection)
    }
  }

  /// Forgets what the trail has kept long enough; returns how many entries.
  package func pruneTrail() async throws -> Int64 {
    try await database.withTransaction { try await AuditStore.prune(days: auditDays, limit: Self.batch, on: $0) }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var published = now()
      var pruned: Int64 = 0
      while !Task.isCancelled {
        do {
          try await used.flush(now: now(), to: database)
          if now() - published >= Self.publishEvery {
            try await publish()
            published = now()
          }
          if now() - pruned >= Self.pruneEvery {
            _ = try await prune()
            _ = try await pruneTrail()
            pruned = now()
          }
        } catch is CancellationError {
          return
        } catch {
          logger.debug("logins were not tidied", metadata: ["error": "\(error)"])
        }
        await Suspension.sleep(until: .now + .seconds(1))
      }
    }
  }
}
