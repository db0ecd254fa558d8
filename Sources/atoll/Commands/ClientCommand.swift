import ArgumentParser

/// `atoll client …`: third-party clients of the OpenID provider.
struct ClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client", abstract: "Register, list, rotate and revoke OpenID clients.",
    subcommands: [
      ClientCreateCommand.self, ClientListCommand.self, ClientRotateCommand.self, ClientRevokeCommand.self,
      ClientRotateKeysCommand.self,
    ])

  /// A client's id as part of a path.
  /// - Throws: ``CommandFailure`` unless it looks like one.
  static func segment(_ id: String) throws -> String {
    let isPlain = id.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    guard isPlain, (1...64).contains(id.utf8.count) else {
      throw CommandFailure(
        .usage, "\"\(id.prefix(80))\" is not a client's id",
        advice: "see atoll client list; regions are no such clients")
    }
    return id
  }
}
