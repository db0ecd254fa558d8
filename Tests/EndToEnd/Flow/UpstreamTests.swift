import FoundationEssentials
import NIOHTTP1
import Silo
import SyncProtocol
import Testing

@testable import atoll

@Suite("An application in Python behind a region, as processes", .serialized)
struct UpstreamTests {
  /// A region with the application of Examples/upstream behind it, and a person with an organization and a project there.
  private struct Scene {
    let islands: Islands
    let eu: SiloFolder
    let applicationPort: Int
    let person: Person
    let organization: Person.Organization
    /// A client of the region with a token that is good there.
    let region: JSONClient

    init(_ islands: Islands) async throws {
      self.islands = islands
      eu = try islands.region("eu")
      applicationPort = try Islands.freePorts(1)
      await islands.archipelago.process(of: eu)?.stop()
      try await islands.archipelago.start(
        eu,
        variables: [
          "ATOLL_UPSTREAM": "http://127.0.0.1:\(applicationPort)",
          "ATOLL_UPSTREAM_ORGANIZATIONS": "/t/{organization}/",
        ])
      person = try await Person.signUp(islands)
      organization = try await person.createOrganization(region: "eu")
      region = try await person.enter(organization)
    }

    var url: String { islands.layout.url(of: eu) }
    var issues: String { "/api/0/organizations/\(organization.slug)/issues/?sort=new" }

    /// Runs the application while `body` does.
    func serving(_ body: () async throws -> Void) async throws {
      let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
          "Examples/upstream/application.py")
      let application = try ChildProcess(
        name: "application", executable: "/usr/bin/python3",
        arguments: [example.path, String(applicationPort), url + "/auth/keys", "eu"],
        environment: ["PATH": "/usr/bin:/bin"], output: "\(islands.layout.root)/application.log")
      do {
        try await eventually("the application answers") {
          if let end = application.end {
            throw CommandFailure(.unavailable, "the application ended with \(end)", advice: "see application.log")
          }
          return try await region.send(.GET, issues).status == 200
        }
        try await body()
      } catch {
        await application.stop()
        throw error
      }
      await application.stop()
    }

    /// What the application was told of a request.
    func check(_ client: JSONClient, _ path: String, headers: [(String, String)] = []) async throws {
      let answer = try await client.send(.GET, path, headers: headers)
      #expect(answer.status == 200, "\(client.base)\(path): \(answer.body)")
      #expect(try answer.reader.field("path").string() == path)
      #expect(try answer.reader.field("sub").string() == person.id)
      #expect(try answer.reader.field("org_slug").string() == organization.slug)
      #expect(try answer.reader.field("role").string() == "owner")
    }

    /// A project's key: the number in its DSN and the public value.
    func key() async throws -> (number: String, key: String) {
      _ = try await region.call(
        .POST, "/api/0/organizations/\(organization.slug)/projects/", ["slug": "web"])
      let key = try await region.call(.POST, "/api/0/projects/\(organization.slug)/web/keys/")
      let (number, text) = (try key.field("project_number").string(), try key.field("public_key").string())
      let host = url.split(separator: "/").last ?? ""
      #expect(try key.field("dsn").string() == "http://\(text)@\(host)/\(number)")
      return (number, text)
    }
  }

  /// The same requests at control's URL, with what is good at control: clients change nothing.
  private func throughControl(_ scene: Scene, _ ingest: String, _ number: String) async throws {
    let control = scene.person.session
    try await eventually("control's gateway finds the organization and the key") {
      guard try await control.send(.GET, scene.issues).status == 200 else { return false }
      return try await JSONClient(base: control.base).send(.GET, ingest).status == 200
    }
    try await scene.check(control, scene.issues)
    try await scene.check(control, "/api/0/organizations/\(scene.organization.slug)/issues/a%20b?q=%2F")
    let own = try await control.call(.GET, "/api/0/organizations/\(scene.organization.slug)/")
    #expect(try own.field("id").string() == scene.organization.id)
    let data = try await JSONClient(base: control.base).call(.GET, ingest)
    #expect(try data.field("project_number").string() == number)
    #expect(try await JSONClient(base: control.base).send(.GET, scene.issues).status == 401)
    let team = try await control.send(
      .POST, "/api/0/organizations/\(scene.organization.slug)/teams/", ["slug": "core"])
    #expect(team.status == 201)
  }

  @Test("knows who asks, directly and through control, by person and by project key, and goes on without control")
  func whole() async throws {
    guard FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/jwt/__init__.py") else {
      Console.note("PyJWT is not there (scripts/pyjwt.sh): Examples/upstream was not run")
      return
    }
    try await Islands.run(regions: ["eu"]) { islands in
      let scene = try await Scene(islands)
      let away = try await scene.region.send(.GET, scene.issues)
      #expect(away.status == 502, "nothing listens yet")
      try await scene.serving {
        try await scene.check(scene.region, scene.issues)
        try await scene.check(scene.region, "/t/\(scene.organization.slug)/board")
        // Nobody speaks in Atoll's name, and nobody comes without a credential.
        try await scene.check(scene.region, scene.issues, headers: [("atoll-identity", "forged")])
        let stranger = JSONClient(base: scene.url)
        #expect(try await stranger.send(.GET, scene.issues).status == 401)
        let (number, key) = try await scene.key()
        let path = "/api/\(number)/store/?sentry_key=\(key)"
        let data = try await stranger.call(.GET, path)
        #expect(try data.field("project_number").string() == number)
        #expect(try data.field("org_slug").string() == scene.organization.slug)
        #expect(try data.optional("sub") == nil)
        #expect(try await stranger.send(.GET, "/api/1/store/?sentry_key=\(key)").status == 403)
        try await throughControl(scene, path, number)

        await islands.archipelago.process(of: islands.control)?.stop()
        try await scene.check(scene.region, scene.issues)
        _ = try await stranger.call(.GET, path)
      }
    }
  }
}
