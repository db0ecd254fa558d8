import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll region default [NAME | --none]`: which region gets requests that name none, and what still relies on that.
struct RegionDefaultCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "default", abstract: "Show or set the default region, and list what still relies on it.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the region; without it the present one is shown.")
  var name: String?

  @Flag(help: "Have no default region: requests that name none are answered 404.")
  var none = false

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    guard name == nil || !none else {
      throw CommandFailure(.usage, "a name and --none exclude each other", advice: "give one of them")
    }
    let client = try operation.client(settings)
    let path = "/api/v1/operator/default-region"
    let answer =
      if let name {
        try await client.call(.PUT, path, ["region": .string(name)])
      } else if none {
        try await client.call(.DELETE, path)
      } else { try await client.call(.GET, path) }
    let uses = try answer.field("uses").array(maximum: 4096).map { use in
      [
        try use.field("pattern").string(), String(try use.field("requests").integer(in: 0...Int64.max)),
        try use.field("last").string(),
      ]
    }
    let region = try answer.optional("region")?.string() ?? "none"
    let total = try answer.field("requests").integer(in: 0...Int64.max)
    let days = try answer.field("days").integer(in: 0...Int64.max)
    let heading = ["Default region: \(region)", "Requests that relied on it in \(days) days: \(total)"]
    let table = uses.isEmpty ? [] : TextTable.lines(["PATTERN", "REQUESTS", "LAST"], uses)
    return CommandResult(answer.value, lines: heading + table)
  }
}
