import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll client list`: the registered OpenID clients.
struct ClientListCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the OpenID clients.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/clients")
    let columns = ["id", "name", "state", "authentication", "trusted", "scopes", "redirect_uris"]
    let rows = try answer.field("clients").array(maximum: 4096).map { client in
      try columns.map { Self.text(try client.object()[$0]) }
    }
    return CommandResult(answer.value, lines: TextTable.lines(columns.map { $0.uppercased() }, rows))
  }

  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text)?: text
    case .bool(let flag)?: flag ? "yes" : "no"
    case .array(let values)?: values.map { text($0) }.joined(separator: ",")
    default: "-"
    }
  }
}
