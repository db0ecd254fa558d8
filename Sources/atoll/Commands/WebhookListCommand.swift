import ArgumentParser
import FoundationEssentials
import Outbox
import RegionAgent
import SyncProtocol

/// `atoll webhook list`.
struct WebhookListCommand: AtollCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List a region's endpoints.")

  @OptionGroup var common: CommonOptions
  @OptionGroup var options: WebhookOptions

  var flags: [Setting: String?] { options.flags }

  func perform(_ settings: Settings) async throws -> CommandResult? {
    let endpoints = try await options.withWebhooks(settings) { try await $0.list() }
    let json = endpoints.map { endpoint -> JSONValue in
      [
        "id": .string(endpoint.id.uuidString.lowercased()), "url": .string(endpoint.url),
        "kinds": .array(endpoint.kinds.map { .string($0) }), "active": .bool(endpoint.isActive),
        "waiting": .integer(endpoint.waiting), "dead": .integer(endpoint.dead),
      ]
    }
    let rows = endpoints.map { endpoint in
      [
        endpoint.id.uuidString.lowercased(), String(endpoint.waiting), String(endpoint.dead),
        endpoint.kinds.isEmpty ? "all" : endpoint.kinds.joined(separator: ","), endpoint.url,
      ]
    }
    return CommandResult(
      ["endpoints": .array(json)], lines: TextTable.lines(["ID", "WAITING", "DEAD", "KINDS", "URL"], rows))
  }
}
