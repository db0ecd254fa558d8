internal import Logging
internal import Observability
internal import Outbox
internal import Postgres

/// Whether control should get traffic: its database answers and is migrated by this program. A sequencer that stands still is `degraded`:
/// logins and reads go on, and another process may lead.
struct ControlReadiness: Sendable {
  /// Seconds without a heartbeat.
  private static let stale = 10.0

  let environment: ControlEnvironment

  func report() async -> HealthReport {
    var checks: [HealthReport.Check] = []
    do {
      checks.append(try await schema())
      let age = try await environment.database.withConnection {
        try await LagStore.log(on: $0.connection)?.heartbeatAge
      }
      let isFresh = age.map { $0 < Self.stale } ?? false
      checks.append(
        .init(
          name: "sequencer", status: isFresh ? .ok : .degraded,
          advice: isFresh ? nil : "no heartbeat: see atoll doctor control (SEQUENCER_STALE)"))
      checks.insert(.init(name: "database", status: .ok), at: 0)
    } catch {
      environment.logger.warning("not ready", metadata: ["error": "\(error)"])
      checks.insert(
        .init(name: "database", status: .unavailable, advice: "the database does not answer: see atoll doctor control"),
        at: 0)
    }
    return HealthReport(checks: checks)
  }

  private func schema() async throws -> HealthReport.Check {
    for migrator in ControlSchema.migrators {
      do {
        guard try await migrator.version(environment.database.client) == migrator.migrations.count else {
          return .init(name: "schema", status: .unavailable, advice: "run atoll migrate control")
        }
      } catch let error as PostgresError where error.code == .databaseNewerThanCode || error.code == .migrationChanged {
        return .init(
          name: "schema", status: .unavailable, advice: "this program is not the database's: \(error.message)")
      }
    }
    return .init(name: "schema", status: .ok)
  }
}
