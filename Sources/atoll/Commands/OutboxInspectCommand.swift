import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll outbox inspect`: epoch, head and freshness of a log, and every cursor in it. Of control with an operator token, of a region on its
/// own machine. Goes through the API: only `init` and `migrate` need a database.
struct OutboxInspectCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a log's epoch, head, freshness and cursors.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Option(name: .long, help: "URL of a region on this machine; control without it.")
  var regionURL: String?

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer: JSONReader
    if let regionURL {
      answer = try await JSONClient(base: regionURL).call(.GET, "/api/v1/status")
      return CommandResult(answer.value, lines: Self.head(answer) + StatusTable.lanes(answer))
    }
    answer = try await operation.client(settings).call(.GET, "/api/v1/operator/status")
    return CommandResult(answer.value, lines: Self.head(answer) + StatusTable.lines(answer))
  }

  /// What the document says of the log itself, one member a line.
  private static func head(_ status: JSONReader) -> [String] {
    guard case .object(var object) = status.value else { return [] }
    if case .object(let log)? = object["log"] { object = log }
    return object.members.compactMap { member in
      switch member.value {
      case .string(let text): "\(member.key): \(text)"
      case .integer(let number): "\(member.key): \(number)"
      case .null: "\(member.key): unknown"
      default: nil
      }
    } + [""]
  }
}
