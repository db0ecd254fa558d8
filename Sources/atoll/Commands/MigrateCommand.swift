import ArgumentParser
import ControlPlane
import Logging
import Outbox
import Postgres
import RegionAgent
import SyncProtocol

/// `atoll migrate control|region`: brings a silo's database up to this program, as its owner.
struct MigrateCommand: AtollCommand {
  enum Target: String, ExpressibleByArgument, CaseIterable {
    case control
    case region
  }

  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Bring a silo's database up to this program.",
    discussion: "Runs as the owner of the database, forward only. Safe to repeat and to run twice at once.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var databaseOptions: DatabaseOptions

  @Argument(help: "control or region.")
  var silo: Target

  var flags: [Setting: String?] { databaseOptions.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let client = try Database.client(settings, maximumConnections: 2)
    defer { client.shutdown() }
    var json = JSONObject()
    var lines: [String] = []
    for migrator in Self.migrators(silo) {
      let report = try await migrator.migrate(client)
      json[migrator.schema] = [
        "version": .integer(report.version), "applied": .array(report.applied.map { .integer($0) }),
      ]
      lines.append("\(migrator.schema): version \(report.version), \(report.applied.count) applied now")
    }
    return CommandResult(.object(json), lines: lines)
  }

  static func migrators(_ silo: Target) -> [Migrator] {
    switch silo {
    case .control: ControlSchema.migrators
    case .region: RegionSchema.migrators
    }
  }
}
