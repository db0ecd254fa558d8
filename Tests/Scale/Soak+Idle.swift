import Foundation
import Postgres

extension Soak {
  /// What connected regions cost while nothing happens.
  func idle(_ before: ProcessUsage?) async throws -> [Measure] {
    // The last answers of what came before have to be out.
    try await Task.sleep(for: .seconds(min(30, size.idleSeconds)))
    let server = control.server.processID
    let statements = try await Statements.begin(control.database)
    guard let start = ProcessUsage(of: control.processID) else { return [] }
    let database = ProcessUsage.processor(ofTree: server)
    let own = ProcessUsage(of: getpid())
    try await Task.sleep(for: .seconds(size.idleSeconds))
    guard let end = ProcessUsage(of: control.processID) else { return [] }
    let seconds = Double(size.idleSeconds)
    let agents = Double(fleet.agents.count)
    for line in try await statements.report(control.database, seconds: seconds) { say(line) }
    var measures = [
      Measure(
        "idle: control, of one core", (end.processor - start.processor) / seconds * 100, "%",
        time(15 * max(1, agents / 1000))),
      Measure(
        "idle: its PostgreSQL, of one core", (ProcessUsage.processor(ofTree: server) - database) / seconds * 100, "%"),
    ]
    if let own, let after = ProcessUsage(of: getpid()) {
      measures.append(Measure("idle: all agents, of one core", (after.processor - own.processor) / seconds * 100, "%"))
    }
    measures.append(Measure("idle: control's memory", end.memory, "MiB"))
    if let before {
      measures.append(
        Measure(
          "idle: control's memory for each agent", (end.memory - before.memory) / agents, "MiB",
          fleet.agents.count >= 200 ? .atMost(1) : .none))
    }
    return measures
  }
}

/// Statements counted by pg_stat_statements, if the server has it.
struct Statements {
  private let isThere: Bool

  static func begin(_ database: PostgresClient) async throws -> Statements {
    do {
      try await database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
      _ = try await database.query("SELECT pg_stat_statements_reset()")
      return Statements(isThere: true)
    } catch is PostgresError { return Statements(isThere: false) }
  }

  func report(_ database: PostgresClient, seconds: Double) async throws -> [String] {
    guard isThere else { return [] }
    let rows = try await database.query(
      """
      SELECT calls, total_exec_time::float8, regexp_replace(left(query, 110), '\\s+', ' ', 'g')
      FROM pg_stat_statements ORDER BY calls DESC LIMIT 24
      """
    ).decode((Int64, Double, String).self)
    return rows.map { calls, time, query in
      "  \(Measure.text(Double(calls) / seconds))/s \(Measure.text(time / seconds)) ms/s  \(query)"
    }
  }
}
