import ArgumentParser
import FoundationEssentials
import RegionAgent
import SyncProtocol

/// `atoll webhook add URL`.
struct WebhookAddCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Tell an application of what is applied from now on. Prints its secret once.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: WebhookOptions

  @Argument(help: "URL to post to.")
  var url: String

  @Option(name: .long, parsing: .upToNextOption, help: "Kinds such as user; all without it.")
  var kinds: [String] = []

  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let made = try await options.withWebhooks(settings) { try await $0.add(url: url, kinds: kinds) }
    let id = made.id.uuidString.lowercased()
    return CommandResult(
      ["id": .string(id), "secret": .string(made.secret)],
      lines: ["Endpoint \(id)", "Secret, shown once: \(made.secret)"])
  }
}
