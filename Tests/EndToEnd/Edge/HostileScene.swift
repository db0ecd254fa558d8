import TestSupport

@testable import atoll

/// Control as a process, an organization in region eu, and a hostile program where eu's agent was.
struct HostileScene {
  let islands: Islands
  let person: Person
  let organization: Person.Organization
  let region: HostileRegion
  let port: Int

  /// A path of the organization's at the gateway.
  func path(_ rest: String) -> String { "/api/0/organizations/\(organization.slug)/\(rest)" }

  func get(_ rest: String, _ fields: String = "") -> String {
    "GET \(path(rest)) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(fields)\r\n"
  }

  func post(_ rest: String, _ fields: String, _ body: String) -> String {
    "POST \(path(rest)) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(fields)\r\n\r\n\(body)"
  }

  /// One request over a connection of its own.
  func ask(_ bytes: String) async throws -> RawResponse? {
    try await RawConnection.with(port: port) { connection in
      try await connection.send(bytes)
      return await connection.response()
    }
  }

  /// Replaces the agent of a stage that runs.
  static func with(
    _ islands: Islands, _ person: Person, answers: @escaping @Sendable (HostileRegion.Seen) -> HostileRegion.Answer,
    _ body: (HostileScene) async throws -> Void
  ) async throws {
    let organization = try await person.createOrganization(region: "eu")
    let eu = try islands.region("eu")
    await islands.archipelago.process(of: eu)?.stop()
    func port(_ folder: SiloFolder) -> Int {
      islands.layout.url(of: folder).split(separator: ":").last.flatMap { Int($0) } ?? 0
    }
    try await HostileRegion.with(port: port(eu), answers: answers) { region in
      let scene = HostileScene(
        islands: islands, person: person, organization: organization, region: region, port: port(islands.control))
      // Until the gateway's map has the organization.
      try await eventually("the organization is routed") { try await scene.ask(scene.get("ready"))?.status == 200 }
      _ = region.take()
      try await body(scene)
    }
  }
}
