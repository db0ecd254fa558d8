import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region list`: the registry.
struct RegionListCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the regions of the registry.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let answer = try await operation.client(settings).call(.GET, "/api/v1/operator/regions")
    let columns = ["name", "number", "state", "sync", "category", "locality", "residency_tier", "gateway", "url"]
    let rows = try answer.field("regions").array(maximum: 4096).map { region in
      try columns.map { Self.text(try region.object()[$0]) }
    }
    return CommandResult(answer.value, lines: TextTable.lines(columns.map { $0.uppercased() }, rows))
  }

  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text)?: text
    case .integer(let number)?: String(number)
    case .bool(let flag)?: String(flag)
    default: "-"
    }
  }
}
