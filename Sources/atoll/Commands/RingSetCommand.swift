import ArgumentParser
import NIOHTTP1
import SyncProtocol

/// `atoll ring set RING`: adds a ring or changes its place and times.
struct RingSetCommand: AtollCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Add a ring, or change its place and times.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var operation: OperatorOptions

  @Argument(help: "Name of the ring.")
  var ring: String

  @Option(name: .long, help: "Rings go in the order of their places; a new ring goes last unless given.")
  var place: Int64?

  @Option(name: .long, help: "Seconds that every region of the ring must have had a revision before it goes on.")
  var soak: Int64?

  @Option(name: .long, help: "Seconds in which a region that ceases to be live halts what it was given.")
  var watch: Int64?

  var flags: [Setting: String?] { operation.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    var body: JSONObject = [:]
    if let place { body["place"] = .integer(place) }
    if let soak { body["soak_seconds"] = .integer(soak) }
    if let watch { body["watch_seconds"] = .integer(watch) }
    let answer = try await operation.client(settings).call(
      .PUT, "/api/v1/operator/rings/\(try pathSegment(ring))", .object(body))
    return CommandResult(
      answer.value,
      lines: [
        "Ring \(ring): place \(RolloutText.text(answer, "place")), soak \(RolloutText.text(answer, "soak_seconds")) s, watch \(RolloutText.text(answer, "watch_seconds")) s."
      ])
  }
}
