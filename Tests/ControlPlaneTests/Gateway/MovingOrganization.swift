import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Postgres
import Silo
import Synchronization
import SyncProtocol
import TestSupport
import Testing
import Web

@testable import ControlPlane

/// An organization that moves from region `eu` to `us` when a test says so, behind a gateway whose map follows the database.
///
/// Each region does what a real one does with a routed request: it believes the signature for itself alone, and takes the request only at the generation of the home that it has.
final class MovingOrganization: Sendable {
  private struct State {
    /// Who has the organization, and at which generation.
    var home: (region: String, generation: Int64) = ("eu", 1)
    /// Bodies that a region took, by its name.
    var taken: [String: [String]] = [:]
    var arrivals = 0
  }

  let control: ControlFixture
  let map: DirectoryMap
  let client: any TestClientProtocol
  private let numbers: [String: SiloNumber]
  private let key: KnownKey
  private let state = Mutex(State())
  /// The request to `eu` during which it moves; 1 is the first.
  private let movesDuring: Int

  private init(
    _ control: ControlFixture, _ map: DirectoryMap, _ client: any TestClientProtocol, _ numbers: [String: SiloNumber],
    _ key: KnownKey, movesDuring: Int
  ) {
    self.control = control
    self.map = map
    self.client = client
    self.numbers = numbers
    self.key = key
    self.movesDuring = movesDuring
  }

  func taken(_ region: String) -> [String] { state.withLock { $0.taken[region] ?? [] } }

  func post(_ body: String) async throws -> Answer {
    let length = String(body.utf8.count)
    return try await client.execute(
      uri: "/api/0/organizations/acme/events/", method: .post, headers: [.contentLength: length],
      body: ByteBuffer(string: body)
    ) { response in
      Answer(
        status: Int(response.status.code), headers: response.headers, bytes: Array(response.body.readableBytesView))
    }
  }

  /// What a region answers to a request that is whole.
  private func answer(_ region: String, _ received: RegionDouble.Received) async throws -> String {
    let number = try #require(numbers[region])
    let routing = try received.routing(
      key, audience: number.description, now: control.environment.seconds)
    let arrival = state.withLock { state in
      state.arrivals += region == "eu" ? 1 : 0
      return region == "eu" ? state.arrivals : 0
    }
    if arrival == movesDuring { try await move() }
    return state.withLock { state in
      guard state.home == (region, routing.generation) else {
        return "HTTP/1.1 421 Misdirected\r\nAtoll-Home: region=\"\(state.home.region)\"\r\nContent-Length: 0\r\n\r\n"
      }
      state.taken[region, default: []].append(received.body)
      return RegionDouble.ok()
    }
  }

  /// The old region lets go first: at no instant do two have it.
  private func move() async throws {
    state.withLock { $0.home = ("nowhere", 0) }
    let us = try #require(numbers["us"])
    _ = try await control.query(
      """
      UPDATE directory.organization_home AS h
      SET region_number = r.number, region_id = r.id, generation = h.generation + 1
      FROM control.region AS r WHERE r.number = \(Int16(us.value)) AND h.slug = 'acme'
      """)
    state.withLock { $0.home = ("us", 2) }
  }

  private static func script(
    _ region: String, _ scene: @escaping @Sendable () -> MovingOrganization?
  ) -> ScriptedServer.Script {
    { conversation in
      while let head = try await conversation.head() {
        let length = RegionDouble.Received(head: head, body: "").values("content-length").first.flatMap { Int($0) } ?? 0
        guard let body = try await conversation.bytes(length), let scene = scene() else { return }
        try await conversation.send(
          try await scene.answer(region, RegionDouble.Received(head: head, body: String(buffer: body))))
      }
    }
  }

  static func with(
    movesDuring: Int = 1, _ body: @Sendable @escaping (MovingOrganization) async throws -> Void
  ) async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let current = Mutex<MovingOrganization?>(nil)
      try await ScriptedServer.with(script: script("eu") { current.withLock { $0 } }) { euServer in
        try await ScriptedServer.with(script: script("us") { current.withLock { $0 } }) { usServer in
          for (name, port) in [("eu", euServer.port), ("us", usServer.port)] {
            _ = try await control.query(
              "UPDATE control.region SET url = \("http://127.0.0.1:\(port)") WHERE name = \(name)")
          }
          try await run(control, ["eu": world.eu.silo, "us": us.silo], movesDuring) { scene in
            current.withLock { $0 = scene }
            try await body(scene)
          }
        }
      }
    }
  }

  private static func run(
    _ control: ControlFixture, _ numbers: [String: SiloNumber], _ movesDuring: Int,
    _ body: @Sendable @escaping (MovingOrganization) async throws -> Void
  ) async throws {
    let environment = control.environment
    let map = DirectoryMap()
    let follower = DirectoryFollower(map: map, environment: environment)
    try await follower.pass()
    let keyring = try await ControlKeyring(environment: environment)
    let forward = try #require(keyring.forward)
    let gateway = try Gateway(
      environment: environment, map: map, keyring: keyring, identity: IdentityService(environment: environment),
      issuer: TokenIssuer(environment: environment, keys: TokenKeys(environment: environment)),
      lanes: RegionLanes(limits: environment.gateway.limits))
    let router = Router<WebContext>.withProblems()
    router.addMiddleware { GatewayMiddleware(gateway: gateway) }
    try await Application(router: router).test(.router) { client in
      let scene = MovingOrganization(
        control, map, client, numbers, KnownKey(key: forward.verificationKey, purpose: .forward),
        movesDuring: movesDuring)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await follower.run() }
        while !map.standing.withLock({ $0.isFollowed }) { await Task.yield() }
        try await body(scene)
        group.cancelAll()
        do { try await group.waitForAll() } catch is CancellationError {}
      }
    }
    gateway.shutdown()
  }
}
