import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Outbox
import Postgres
import Silo
import Synchronization
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

@Suite("The region's process")
struct RegionServerTests {
  /// Joins at `control` and runs a region against it, or against nothing when it has gone.
  private func running(
    _ control: FakeControl, absent: Bool = false,
    _ body: @Sendable @escaping (_ region: RegionFixture, _ server: RegionServer, _ url: String) async throws -> Void
  ) async throws {
    try await RegionFixture.with { region in
      try await withTemporaryDirectory { directory, secret in
        let join = { @Sendable (url: String) in
          _ = try await RegionJoin.run(
            controlURL: url, token: TokenFormat.join.mint(), pin: control.pin, dataDirectory: directory,
            secretKey: secret, development: false, logger: FakeControl.logger)
        }
        let serve = { @Sendable in
          var configuration = RegionConfiguration(
            dataDirectory: directory, secretKey: secret, address: WebServer.Address(port: 0))
          configuration.origins = try #require(OriginList("https://app.example.com"))
          let server = try RegionServer(
            database: region.database, configuration: configuration, logger: FakeControl.logger)
          try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
              do { try await server.run() } catch is CancellationError {}
              return false
            }
            group.addTask {
              try await body(region, server, "http://127.0.0.1:\(await server.boundPort)")
              return true
            }
            while let isDone = try await group.next(), !isDone {}
            group.cancelAll()
          }
        }
        if absent {
          try await control.serving(join)
          try await serve()
        } else {
          try await control.serving { url in
            try await join(url)
            try await serve()
          }
        }
      }
    }
  }

  /// Asks again until `condition` holds; the database's and the link's own paces decide how often, a limit how long.
  private func eventually(_ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    let never = Doorbell()
    while ContinuousClock.now < end {
      if try await condition() { return }
      _ = await never.wait(beyond: never.rings, limit: .milliseconds(20))
    }
    Issue.record("it did not come true within 20 s")
  }

  @Test("the first pull after a loss is not held back, the next ones are")
  func firstPull() async throws {
    let control = try FakeControl()
    control.script.withLock { $0.welcomes = true }
    try await running(control) { _, _, _ in
      let holds = { control.script.withLock { $0.pulls.map(\.request.waitMilliseconds) } }
      try await eventually { holds().count >= 4 }
      #expect(holds()[0] == 0)
      #expect(holds()[1] > 0 || holds()[2] > 0)
      var lost = SyncProblem(.retryLater, "away")
      lost.retryAfterMilliseconds = 20
      control.script.withLock { script in
        script.pulls = []
        script.pull = lost
      }
      try await eventually { holds().count >= 2 }
      control.script.withLock { script in
        script.pulls = []
        script.pull = nil
      }
      try await eventually { holds().count >= 3 }
      #expect(holds()[0] == 0)
      #expect(holds()[2] > 0)
    }
  }

  @Test("serves and provisions from its own database while control is away")
  func alone() async throws {
    try await running(try FakeControl(), absent: true) { region, server, url in
      let owner = try await region.receiveUser()
      let id = OrganizationID.new()
      let grant = try await region.receiveGrant(organization: id, user: owner)
      try await region.receiveHome(id, creator: grant)
      try await eventually { try await region.count("region.organization") == 1 }
      var request = HTTPClientRequest(url: url + "/api/0/organizations/acme/")
      request.headers.add(name: "authorization", value: "Bearer \(try region.token(owner, id))")
      request.headers.add(name: "origin", value: "https://app.example.com")
      let read = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
      #expect(read.status.code == 200)
      #expect(read.headers.first(name: "access-control-allow-origin") == "https://app.example.com")
      var lost = HTTPClientRequest(url: url + "/nowhere")
      lost.headers.add(name: "accept", value: "text/html")
      let page = try await HTTPClient.shared.execute(lost, timeout: .seconds(10))
      #expect(page.status.code == 404)
      #expect(page.headers.first(name: "content-type") == "text/html; charset=utf-8")
      // The own log goes on: organization and member have positions.
      try await eventually { try await server.status().log?.head.value ?? 0 >= 2 }
      let status = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: url + "/api/v1/status"), timeout: .seconds(10))
      let body = try await status.body.collect(upTo: 65_536)
      let json = try JSONReader(JSONParser.parse(Array(body.readableBytesView)))
      #expect(try json.field("region").string() == "eu")
      #expect(try json.field("state").string() == "connecting")
      let foreign = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: url + "/api/v1/me"), timeout: .seconds(10))
      let problem = try await foreign.body.collect(upTo: 65_536)
      #expect(foreign.status.code == 404)
      #expect(String(buffer: problem).contains("wrong-silo"))
    }
  }

  @Test("shows that it waits for approval, that it was revoked and that another took over")
  func refused() async throws {
    for (code, state) in [
      (SyncProblem.Code.pendingApproval, ConnectionState.pending), (.revoked, .revoked), (.sessionFenced, .fenced),
    ] {
      let control = try FakeControl()
      control.script.withLock { $0.hello = SyncProblem(code, "no") }
      try await running(control) { _, server, _ in
        try await eventually { try await server.status().connection == state }
      }
    }
  }

  @Test("says that it has no version in common with control, serves and keeps its log, and goes on when it has one")
  func versionSkew() async throws {
    let control = try FakeControl()
    control.script.withLock { script in
      script.hello = SyncProblem(.versionUnsupported, "No version of the protocol in common.")
      script.hello.versions = [2]
      script.hello.retryAfterMilliseconds = 20
    }
    try await running(control) { region, server, url in
      try await eventually { try await server.status().connection == .incompatible }
      let owner = try await region.receiveUser()
      let id = OrganizationID.new()
      let grant = try await region.receiveGrant(organization: id, user: owner)
      try await region.receiveHome(id, creator: grant)
      try await eventually { try await server.status().log?.head.value ?? 0 >= 2 }
      let before = try #require(try await server.status().log)
      let health = try await HTTPClient.shared.execute(
        HTTPClientRequest(url: url + "/health"), timeout: .seconds(60))
      #expect(health.status.code == 200)
      #expect(control.script.withLock { $0.pulls.isEmpty && $0.hellos.allSatisfy { $0.versions == [1] } })
      control.script.withLock { $0.welcomes = true }
      try await eventually { try await server.status().connection == .connected }
      // The organization may still be being made: the log only grows.
      let after = try #require(try await server.status().log)
      #expect(after.epoch == before.epoch && after.head >= before.head)
    }
  }

  @Test("takes no answer in a version that it did not offer", arguments: [2, 1000])
  func versionNotOffered(version: Int) async throws {
    let control = try FakeControl()
    control.script.withLock { script in
      script.welcomes = true
      script.version = version
    }
    try await running(control) { _, server, _ in
      try await eventually { try await server.status().connection == .incompatible }
      #expect(control.script.withLock { $0.pulls.isEmpty })
    }
  }

  @Test("says hello with its own log and counters that rise")
  func hello() async throws {
    let control = try FakeControl()
    control.script.withLock { script in
      script.hello = SyncProblem(.retryLater, "not yet")
      script.hello.retryAfterMilliseconds = 10
    }
    try await running(control) { _, _, _ in
      try await eventually { control.script.withLock { $0.hellos.count } >= 3 }
      let hellos = control.script.withLock { $0.hellos }
      #expect(zip(hellos, hellos.dropFirst()).allSatisfy { $0.counter < $1.counter })
      #expect(hellos.allSatisfy { $0.silo.value == 7 && $0.log.epoch.ordinal == 1 })
    }
  }
}
