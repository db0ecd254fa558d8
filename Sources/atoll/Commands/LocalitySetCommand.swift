import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll locality set NAME …`: how people read a residency zone, and whether they see it.
struct LocalitySetCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "set", abstract: "Describe a residency zone.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the residency zone.")
  var name: String

  @Option(name: .long, help: "What people read.")
  var label: String?

  @Flag(inversion: .prefixedNo, help: "Whether its regions are shown where people choose one.")
  var visible: Bool?

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body = JSONObject()
    if let label { body["label"] = .string(label) }
    if let visible { body["visible"] = .bool(visible) }
    guard !body.members.isEmpty else {
      throw CommandFailure(.usage, "nothing to change", advice: "give --label, --visible or --no-visible")
    }
    let answer = try await operation.client(settings).call(
      .PATCH, "/api/v1/operator/localities/\(try pathSegment(name))", .object(body))
    return CommandResult(answer.value, lines: ["Locality \(name) is changed."])
  }
}
