import ArgumentParser
import ControlPlane
import FoundationEssentials
import Logging
import Outbox
import Postgres
import Silo
import SyncProtocol

/// `atoll measure directory`: the map's memory and look-ups, and claims of slugs, each against a baseline. For `make bench`; starts a PostgreSQL of its own.
struct MeasureDirectoryCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "directory", abstract: "Measure the directory's map and claims of slugs against baselines.")

  @OptionGroup var common: CommonOptions

  @Option(name: .long, help: "Organizations in the map.")
  var organizations = 1_000_000

  @Option(name: .long, help: "Project keys in the map.")
  var keys = 3_000_000

  var flags: [Setting: String?] { [:] }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    guard organizations > 0, keys > 0 else {
      throw CommandFailure(.usage, "nothing to measure", advice: "give positive numbers")
    }
    let claims = try await claims()
    let map = DirectoryMeasurement(organizations: organizations, keys: keys).run()
    let figures: [(String, Double)] = [
      ("claims_per_second", claims.claims), ("inserts_per_second", claims.inserts),
      ("map_bytes", Double(map.footprint)), ("resident_bytes", Double(map.resident)),
      ("slug_ns", map.slugs.map), ("slug_bare_ns", map.slugs.bare), ("key_ns", map.keys.map),
      ("key_bare_ns", map.keys.bare),
    ]
    var json = JSONObject()
    for (name, value) in figures { json[name] = .integer(Int64(value.isFinite ? value : -1)) }
    return CommandResult(.object(json), lines: figures.map { "\($0.0): \(Int64($0.1.isFinite ? $0.1 : -1))" })
  }

  private func claims() async throws -> SlugClaimStore.Outcome {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "atoll-measure-\(ProcessInfo.processInfo.processIdentifier)"
    ).path
    let options = EmbeddedServer.Options(
      authentication: .trust, settings: ["max_connections": "100", "synchronous_commit": "on"])
    let server = try await EmbeddedServer.start(directory: directory, options: options)
    defer { remove(directory) }
    do {
      let outcome = try await withThrowingTaskGroup(of: SlugClaimStore.Outcome?.self) { group in
        let client = PostgresClient(
          configuration: server.configuration(), pool: PoolLimits(maximumConnections: SlugClaimStore.clients),
          logger: Logger(label: "measure"))
        group.addTask {
          try await client.run()
          return nil
        }
        try await ControlSchema.migrate(client)
        let outcome = try await SlugClaimStore(database: SiloDatabase<ControlSilo>(client)).run()
        group.cancelAll()
        return outcome
      }
      await server.stop()
      return outcome
    } catch {
      await server.stop()
      throw error
    }
  }

  private func remove(_ directory: String) {
    do { try FileManager.default.removeItem(atPath: directory) } catch {
      Logger(label: "measure").debug("left behind", metadata: ["directory": "\(directory)"])
    }
  }
}
