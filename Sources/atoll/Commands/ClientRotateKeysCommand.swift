import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll client rotate-keys`: the next key of ID tokens for third parties.
struct ClientRotateKeysCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate-keys", abstract: "Publish the next key of ID tokens for clients.",
    discussion: "The next key signs a day later, and by itself every 90 days. --emergency is for a key that was stolen."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Flag(name: .long, help: "Sign with a new key at once and forget all others: clients must fetch the key set anew.")
  var emergency = false

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/id-token-keys", ["emergency": .bool(emergency)])
    let line =
      switch try answer.field("state").string() {
      case "replaced": "A new key signs now, and all others are forgotten. Tell your clients to fetch /oauth/jwks anew."
      case "announced": "The next key is published; it signs in a day."
      default: "The next key is published already and waits for its day."
      }
    return CommandResult(answer.value, lines: [line])
  }
}
