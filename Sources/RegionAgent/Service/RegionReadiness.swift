internal import Logging
internal import Observability
internal import Outbox
internal import Postgres
internal import Silo

/// Whether a region should get traffic: its own database answers and is migrated. Control may be away for days: that is `degraded` here and
/// never more, because the region serves from its replicas.
struct RegionReadiness: Sendable {
  let database: SiloDatabase<RegionSilo>
  /// Nil without an application.
  let application: ApplicationState?
  let logger: Logger
  let status: @Sendable () async throws -> RegionStatus

  func report() async -> HealthReport {
    var checks: [HealthReport.Check] = []
    do {
      checks.append(try await schema())
      let state = try await status().sync
      checks.append(
        .init(
          name: "replica", status: state == .live ? .ok : .degraded,
          advice: state == .live ? nil : "the replica is \(state.rawValue): see atoll doctor region"))
      if let application {
        // Its absence is no reason to send traffic elsewhere: the agent's own routes go on.
        let isAway = application.isReachable == false
        checks.append(
          .init(
            name: "application", status: isAway ? .degraded : .ok,
            advice: isAway ? "the application of ATOLL_UPSTREAM did not answer when it was needed last" : nil))
      }
      checks.insert(.init(name: "database", status: .ok), at: 0)
    } catch {
      logger.warning("not ready", metadata: ["error": "\(error)"])
      checks.insert(
        .init(name: "database", status: .unavailable, advice: "the database does not answer: see atoll doctor region"),
        at: 0)
    }
    return HealthReport(checks: checks)
  }

  private func schema() async throws -> HealthReport.Check {
    for migrator in RegionSchema.migrators {
      do {
        guard try await migrator.version(database.client) == migrator.migrations.count else {
          return .init(name: "schema", status: .unavailable, advice: "run atoll migrate region")
        }
      } catch let error as PostgresError where error.code == .databaseNewerThanCode || error.code == .migrationChanged {
        return .init(
          name: "schema", status: .unavailable, advice: "this program is not the database's: \(error.message)")
      }
    }
    return .init(name: "schema", status: .ok)
  }
}
