import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll slug rename SLUG NEW`: renames as an operator.
struct SlugRenameCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Give the organization that has a slug another one; the old one rests as an alias."
  )

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "The slug in use, or an alias.")
  var name: String

  @Argument(help: "The new slug.")
  var new: String

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(
      .POST, "/api/v1/operator/slugs/\(try pathSegment(name))/rename", ["to": .string(new)])
    return CommandResult(
      answer.value, lines: ["\(name) is \(new) now; \(name) rests as an alias."] + DirectoryText.lines(answer.value))
  }
}
