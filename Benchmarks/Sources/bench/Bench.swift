import ArgumentParser
import Foundation
import Postgres

/// Measures Atoll against baselines on the same private servers in the same run.
@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure Atoll against baselines in the same run.")

  @Option(
    help:
      "Only these groups, by name: client, capture, directory, flow, gateway, latency, logins, processes, regions, revocation, snapshot, tokens, verify."
  )
  var only: [Group] = Group.allCases

  @Option(help: "Where the figures are written as JSON.")
  var results: String = "results.json"

  enum Group: String, ExpressibleByArgument, CaseIterable, Sendable {
    case snapshot, client, capture, flow, latency, processes, regions, tokens, logins, verify, revocation, directory
    case gateway
  }

  func run() async throws {
    let directory = "/tmp/atoll-bench-\(ProcessInfo.processInfo.processIdentifier)"
    let options = EmbeddedServer.Options(
      authentication: .trust,
      settings: [
        "shared_buffers": "256MB", "wal_level": "logical", "max_wal_size": "4GB", "synchronous_commit": "on",
        "max_connections": "200", "max_wal_senders": "20",
        "max_replication_slots": "20", "max_logical_replication_workers": "16", "max_worker_processes": "24",
        "track_commit_timestamp": "on",
      ])
    let server = try await EmbeddedServer.start(directory: directory + "/source", options: options)
    let subscriber = try await EmbeddedServer.start(directory: directory + "/target", options: options)
    var report = Report()
    var delays: [Double]?
    print(Report.header)
    do {
      for group in only {
        let figures = try await measure(group, server, subscriber, directory, &delays, &report.legs)
        for figure in figures { print(Report.line(figure)) }
        report.figures += figures
      }
      for leg in report.legs { print(Report.line(leg)) }
    } catch {
      await subscriber.stop()
      await server.stop()
      throw error
    }
    await subscriber.stop()
    await server.stop()
    try FileManager.default.removeItem(atPath: directory)
    try report.write(to: results)
    print("\(Machine.description); written to \(results)")
  }

  private func measure(
    _ group: Group, _ server: EmbeddedServer, _ subscriber: EmbeddedServer, _ directory: String,
    _ logicalReplication: inout [Double]?, _ legs: inout [Leg]
  ) async throws -> [Figure] {
    switch group {
    case .client: return try await ClientFigures(server: server).run()
    case .capture: return try await CaptureFigures(server: server).run()
    case .flow: return try await FlowFigures(server: server, subscriber: subscriber).run()
    case .latency:
      let (figures, delays, found) = try await LatencyFigures(server: server, subscriber: subscriber).run()
      logicalReplication = delays
      legs += found
      return figures
    case .processes:
      let (figures, found) = try await ProcessFigures(directory: directory, logicalReplication: logicalReplication)
        .run()
      legs += found
      return figures
    case .gateway: return try await GatewayFigures(server: server, directory: directory).run()
    case .tokens: return try TokenFigures().run()
    case .directory: return try DirectoryFigures().run()
    case .logins: return try await LoginFigures(server: server, directory: directory).run()
    case .verify: return try await VerifyFigures(server: server, directory: directory).run()
    case .revocation: return try await RevocationFigures(directory: directory).run()
    case .snapshot: return try await SnapshotFigures(server: server, subscriber: subscriber).run()
    case .regions: return try await RegionFigures(server: server, subscriber: subscriber).run()
    }
  }
}
