import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll control manifest publish`
struct ControlManifestPublishCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Put a signed manifest in force.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "File that atoll control manifest sign wrote.")
  var signed: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let bytes = try SecretFile.bytes(at: signed, maximumBytes: WireLimits.maximumManifestBytes)
    let answer = try await operation.client(settings)
      .call(.POST, "/api/v1/operator/manifest", ["document": .string(Base64.encode(bytes))])
    return CommandResult(answer.value, lines: try ManifestText.lines(answer))
  }
}
