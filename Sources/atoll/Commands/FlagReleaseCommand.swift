import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag release NAME`: begins the rollout of a revision with the first ring.
struct FlagReleaseCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Begin the rollout of a revision with the first ring.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  @Option(name: .long, help: "Number of the revision; the newest one unless given.")
  var revision: Int64?

  @Flag(name: .long, help: "Go on to the next ring only by atoll flag promote.")
  var manual = false

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body: JSONObject = ["automatic": .bool(!manual)]
    if let revision { body["revision"] = .integer(revision) }
    let answer = try await operation.client(settings).call(.POST, try item.path("release"), .object(body))
    return CommandResult(answer.value, lines: RolloutText.rollout(answer, of: item.name))
  }
}
