import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Silo
import Synchronization
import SyncProtocol
import TestSupport
import Testing
import Web

@testable import ControlPlane

/// A region as the gateway sees it: remembers what came and answers what a test says.
final class RegionDouble: Sendable {
  struct Received: Sendable {
    let head: String
    let body: String

    var line: String { String(head.prefix { $0 != "\r" && $0 != "\r\n" }) }

    /// All values of a field, by any spelling of its name.
    func values(_ name: String) -> [String] {
      head.split(separator: "\r\n").dropFirst().compactMap { line in
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == name.lowercased() else { return nil }
        return parts[1].trimmingPrefix(" ").description
      }
    }

    /// The routing, if it is signed by `key` for region `audience`.
    func routing(_ key: KnownKey, audience: String = "region:1", now: Int64) throws -> ForwardRouting {
      let parts = line.split(separator: " ")
      let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
      let fields = head.split(separator: "\r\n").dropFirst().compactMap { line -> (String, String)? in
        let parts = line.split(separator: ":", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), parts[1].trimmingPrefix(" ").description) : nil
      }
      let received = try ReceivedForward(
        RequestHead(
          method: String(parts[0]), path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
          fields: MessageFields(fields)))
      return try received.verify(by: key, audience: audience, now: now).routing
    }
  }

  /// What is answered to a request; the whole message.
  typealias Answering = @Sendable (Received, Int) -> String

  private let requests = Mutex<[Received]>([])
  private let answering: Answering
  /// A request whose path ends so is never answered.
  private let silence: String?

  init(silentAt silence: String? = nil, answering: @escaping Answering) {
    self.silence = silence
    self.answering = answering
  }

  var received: [Received] { requests.withLock { $0 } }

  static func ok(_ body: String = "{}", _ more: String = "") -> String {
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
  }

  var script: ScriptedServer.Script {
    { conversation in
      while let head = try await conversation.head() {
        let length = Received(head: head, body: "").values("content-length").first.flatMap { Int($0) } ?? 0
        guard let body = try await conversation.bytes(length) else { return }
        let received = Received(head: head, body: String(buffer: body))
        let number = self.requests.withLock { requests in
          requests.append(received)
          return requests.count
        }
        if let silence = self.silence, received.line.contains("\(silence) HTTP") {
          _ = try await conversation.rest()
          return
        }
        let answer = self.answering(received, number)
        guard !answer.isEmpty else { return }
        try await conversation.send(answer)
      }
    }
  }
}

/// A gateway before one region, `eu` with number 1, and a map that a test fills.
struct GatewayFixture: Sendable {
  let control: ControlFixture
  let map: DirectoryMap
  let region: RegionDouble
  let gateway: Gateway
  let eu: RegionEntry
  let client: any TestClientProtocol
  let key: KnownKey

  static let organization = OrganizationID("0190c2d4-0000-7000-8000-00000000000a")
  static let publicKey = "0123456789abcdef0123456789abcdef"

  func send(
    _ method: HTTPRequest.Method, _ path: String, host: String? = nil, headers: [(String, String)] = [],
    body: String? = nil
  ) async throws -> Answer {
    var fields = HTTPFields()
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields.append(.init(name: name, value: value)) }
    }
    if let body { fields[.contentLength] = String(body.utf8.count) }
    if let host { fields[.init("X-Test-Authority") ?? .via] = host }
    return try await client.execute(
      uri: path, method: method, headers: fields, body: body.map { ByteBuffer(string: $0) }
    ) { response in
      Answer(
        status: Int(response.status.code), headers: response.headers, bytes: Array(response.body.readableBytesView))
    }
  }

  func routing(_ received: RegionDouble.Received?) throws -> ForwardRouting {
    try #require(received).routing(key, now: control.environment.seconds)
  }

  /// The region's description again, with some of it changed.
  func change(
    gateway: GatewayPolicy = .allowed, state: RegionStore.State = .active, isDefault: Bool = false, url: String? = nil
  ) {
    var changes = DirectoryChanges()
    let entry = RegionEntry(
      number: eu.number, name: eu.name, locality: "eu", url: url ?? eu.url, gateway: gateway, state: state)
    changes.regions = DirectoryChanges.Regions([entry], defaultRegion: isDefault ? eu.number : nil)
    map.apply(changes)
  }

  /// - Parameter limits: bounds of the gateway.
  static func with(
    settings: GatewaySettings = GatewaySettings(), silentAt silence: String? = nil,
    observer: WebObserver = .none,
    answering: @escaping RegionDouble.Answering = { _, _ in RegionDouble.ok() },
    _ body: @Sendable @escaping (GatewayFixture) async throws -> Void
  ) async throws {
    try await withControl { control in
      let region = RegionDouble(silentAt: silence, answering: answering)
      try await ScriptedServer.with(script: region.script) { server in
        let number = try #require(RegionNumber(1))
        let eu = RegionEntry(
          number: number, name: try RegionName("eu"), locality: "eu", url: "http://127.0.0.1:\(server.port)")
        let map = DirectoryMap()
        var changes = DirectoryChanges()
        changes.regions = DirectoryChanges.Regions([eu])
        let organization = try #require(Self.organization)
        changes.organizations = [.init(id: organization, slug: "acme", region: number, generation: 3)]
        changes.slugs = [.init("acme", of: organization), .init("old-acme", of: organization, isAlias: true)]
        changes.keys = [.init(Self.publicKey, organization: organization, project: UUID())]
        let mark = map.beginLoad()
        map.apply(changes, mark: mark)
        map.endLoad(mark)
        var environment = control.environment
        environment.gateway = settings
        let keyring = try await ControlKeyring(environment: environment)
        let gateway = try Gateway(
          environment: environment, map: map, keyring: keyring, identity: IdentityService(environment: environment),
          issuer: TokenIssuer(environment: environment, keys: TokenKeys(environment: environment)),
          lanes: RegionLanes(limits: settings.limits))
        let router = Router<WebContext>.withProblems(observer: observer, crossOrigin: settings.crossOrigin)
        router.addMiddleware { GatewayMiddleware(gateway: gateway) }
        router.get("/api/v1/mine") { _, _ in Response(json: ["mine": true]) }
        let forward = try #require(keyring.forward)
        try await Application(router: router).test(.router) { client in
          try await body(
            GatewayFixture(
              control: control, map: map, region: region, gateway: gateway, eu: eu, client: client,
              key: KnownKey(key: forward.verificationKey, purpose: .forward)))
        }
        gateway.shutdown()
      }
    }
  }
}
