import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll flag set NAME VALUE`: adds a revision. No region gets it before it is released.
struct FlagSetCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Add a revision of a flag; release it with atoll flag release.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions
  @OptionGroup var item: FlagOptions

  @Argument(help: "The value as JSON, such as true or {\"percent\":10}.")
  var value: String?

  @Flag(name: .long, help: "Add the revision that takes the flag away.")
  var removed = false

  @Option(name: .long, help: "What the revision is for.")
  var note: String?

  var flags: [Setting: String?] { operation.flags }

  func validate() throws {
    guard (value == nil) == removed else { throw ValidationError("Give a value, or --removed.") }
  }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body: JSONObject = [:]
    if let value {
      do { body["value"] = try JSONParser.parse(Array(value.utf8)) } catch {
        throw CommandFailure(.usage, "the value is not JSON (\(error))", advice: "quote strings twice: '\"text\"'")
      }
    } else {
      body["removed"] = true
    }
    if let note { body["note"] = .string(note) }
    let answer = try await operation.client(settings).call(.POST, try item.path("revisions"), .object(body))
    return CommandResult(
      answer.value,
      lines: [
        "Revision \(RolloutText.text(answer, "revision")) of \(item.name).", "Next: atoll flag release \(item.name)",
      ])
  }
}
