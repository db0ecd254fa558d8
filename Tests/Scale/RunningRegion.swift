import FoundationEssentials
import Foundation
import Logging
import Outbox
import Postgres
import RegionAgent
import Silo
import SyncProtocol
import Web

/// A whole region's server in this process, over a database of its own in control's PostgreSQL.
struct RunningRegion: Sendable {
  /// Joins under way at once.
  private static let joinsAtOnce = 4

  let name: String
  let server: RegionServer
  let client: PostgresClient

  /// Creates the regions `eu-0 …` at control, a database for each from one template, and joins an agent for each.
  static func join(
    _ count: Int, control: ControlProcess, atoll: String, directory: String
  ) async throws -> [RunningRegion] {
    try await control.server.ensureDatabase("region_template")
    try control.migrateRegion(database: "region_template")
    let origin = Origin(
      url: control.url, token: try control.operatorToken(), pin: try control.pin(), server: control.server)
    var regions: [RunningRegion] = []
    try await withThrowingTaskGroup(of: RunningRegion.self) { group in
      for index in 0..<count {
        if index >= joinsAtOnce, let done = try await group.next() { regions.append(done) }
        // One after the other: a template may have no other user.
        try await control.database.execute("CREATE DATABASE region_\(raw: "\(index)") TEMPLATE region_template")
        group.addTask { try await origin.join("eu-\(index)", database: "region_\(index)", directory) }
      }
      for try await done in group { regions.append(done) }
    }
    return regions
  }

  /// Runs all servers while `body` runs.
  static func running<Value: Sendable>(
    _ regions: [RunningRegion], _ body: () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for region in regions {
        group.addTask {
          do { try await region.server.run() } catch is CancellationError { return }
        }
      }
      defer { group.cancelAll() }
      return try await body()
    }
  }
}

/// Where regions join.
private struct Origin: Sendable {
  let url: String
  /// The operator's.
  let token: String
  let pin: String
  let server: EmbeddedServer

  func join(_ name: String, database: String, _ directory: String) async throws -> RunningRegion {
    let operators = OperatorClient(url: url, token: self.token)
    for attempt in 0..<6 {
      // Two regions that are created at once may be given one number; the second is then refused and asks again.
      do {
        try await operators.post(
          "/api/v1/operator/regions", ["name": .string(name), "url": .string("https://\(name).example")])
        break
      } catch let refused as OperatorClient.Refused { if attempt == 5 { throw refused } }
    }
    let token = try await operators.post("/api/v1/operator/regions/\(name)/join-tokens", [:]).field("token").string()
    let data = "\(directory)/\(name)"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    guard let secret = SecretKey.generate()?.key else { throw ControlProcess.Failure(description: "no randomness") }
    let logger = Logger(label: "scale") { label in
      // One that keeps metadata: the server's requests keep their ids there.
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = .critical
      return handler
    }
    _ = try await RegionJoin.run(
      controlURL: url, token: token, pin: pin, dataDirectory: data, secretKey: secret,
      development: true, logger: logger)
    let client = PostgresClient(
      configuration: server.configuration(database: database), pool: PoolLimits(maximumConnections: 8),
      logger: logger)
    var configuration = RegionConfiguration(
      dataDirectory: data, secretKey: secret, address: WebServer.Address(port: 0), development: true)
    configuration.verifyAddress = WebServer.Address(port: 0)
    return RunningRegion(
      name: name,
      server: try RegionServer(
        database: SiloDatabase<RegionSilo>(client), configuration: configuration, logger: logger),
      client: client)
  }
}
