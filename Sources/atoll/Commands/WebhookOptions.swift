import ArgumentParser
import FoundationEssentials
import Outbox
import Postgres
import RegionAgent
import Silo

/// What every webhook command needs: the region's database and its secret key.
struct WebhookOptions: ParsableArguments {
  @OptionGroup var database: DatabaseOptions

  @Option(name: .long, help: "Directory of the region's keys.")
  var data: String?

  var flags: [Setting: String?] { database.flags.merging([.data: data]) { $1 } }

  /// Lends the region's webhooks to `body`.
  func withWebhooks<Result>(
    _ settings: Settings, _ body: (RegionWebhooks) async throws -> Result
  ) async throws -> Result {
    try SiloPlace.require(.region, settings)
    let key = try SecretKeyFile(directory: try settings.required(.data)).load()
    let client = try Database.client(settings, maximumConnections: 2)
    defer { client.shutdown() }
    return try await body(RegionWebhooks(database: SiloDatabase<RegionSilo>(client), secretKey: key))
  }

  /// - Throws: ``CommandFailure`` when the text is no id.
  static func id(_ text: String) throws -> UUID {
    guard let id = UUID(uuidString: text) else {
      throw CommandFailure(.usage, "that is not the id of an endpoint", advice: "see atoll webhook list")
    }
    return id
  }

  static func unknown() -> CommandFailure {
    CommandFailure(.data, "there is no such endpoint", advice: "see atoll webhook list")
  }
}
