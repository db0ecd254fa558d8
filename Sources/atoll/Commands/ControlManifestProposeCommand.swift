import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll control manifest propose`: control makes new keys and the next manifest, unsigned.
struct ControlManifestProposeCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose", abstract: "Have control make the next manifest, for a root to sign.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Option(help: "renew (same keys, later expiry), rotate (new keys, in good order) or revoke (new keys at once).")
  var change: String

  @Option(help: "File to write the unsigned manifest to; must not exist.")
  var output: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings)
      .call(.POST, "/api/v1/operator/manifest/proposals", ["change": .string(change)])
    let content = try answer.field("content").parsed("base64url") { Base64.decode($0) }
    try SecretFile(path: output).write(content)
    return CommandResult(
      ["version": try answer.field("version").value, "file": .string(output)],
      lines: [
        "Manifest \(try answer.field("version").integer(in: 1...Int64.max)) is in \(output), unsigned.",
        "Next: take it to where the root key file is: atoll control manifest sign \(output) --root-key … --output …",
      ])
  }
}
