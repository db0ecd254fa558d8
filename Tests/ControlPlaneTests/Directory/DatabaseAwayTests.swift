import ControlPlane
import FoundationEssentials
import Glibc
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@Suite struct DatabaseAwayTests {
  @Test("a control plane starts while its database is away: it knows where everything is, and answers 503 to the rest")
  func start() async throws {
    try await withControl { control in
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-away-\(UUID().uuidString)").path
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      defer { for name in ["/directory.map", "/keyring", ""] { remove(folder + name) } }
      let world = try await World(control)
      var here = control.environment
      here.directoryFile = folder + "/directory.map"
      here.keyringFile = folder + "/keyring"
      let server = try await ControlServer(environment: here)
      _ = try await server.follower.pass()
      let sealed = try Data(contentsOf: URL(fileURLWithPath: folder + "/keyring"))

      var configuration = control.environment.database.client.configuration
      configuration.hosts = [PostgresConfiguration.Host(folder + "/nobody")]
      let nobody = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 2), logger: Logger(label: "test.nobody"))
      var away = ControlEnvironment(
        database: SiloDatabase(nobody), secretKey: here.secretKey, logger: here.logger)
      await #expect(throws: PostgresError.self) { try await ControlServer(environment: away) }
      away.directoryFile = here.directoryFile
      away.keyringFile = here.keyringFile
      let restarted = try await ControlServer(environment: away)
      _ = await restarted.follower.restore()
      #expect(restarted.map.organization(slug: "acme")?.id.description == world.organization)
      #expect(restarted.map.region(hostLabel: "eu")?.url == "https://eu.example.com")
      let router = Router.withProblems()
      restarted.addRoutes(to: router)
      let status = try await Application(router: router).test(.router) { client in
        try await client.execute(
          uri: "/api/v1/organizations", method: .get, headers: [.authorization: "Bearer \(world.ada.token)"]
        ) { $0.status }
      }
      #expect(status == .serviceUnavailable)

      // Harmed, or of another secret: as if there were none.
      var harmed = Array(sealed)
      harmed[harmed.count / 2] ^= 1
      try Data(harmed).write(to: URL(fileURLWithPath: folder + "/keyring"))
      await #expect(throws: PostgresError.self) { try await ControlServer(environment: away) }
    }
  }
}
