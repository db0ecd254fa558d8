import AsyncHTTPClient
import NIOCore
import NIOPosix
import SyncProtocol
import Web

/// So many regions of one control plane, joined by the operator's API and the signed join like any other.
final class Fleet: Sendable {
  /// Joins under way at once.
  private static let joinsAtOnce = 16

  let agents: [LightAgent]
  let recorder: Recorder
  private let clients: [HTTPClient]

  private init(agents: [LightAgent], recorder: Recorder, clients: [HTTPClient]) {
    self.agents = agents
    self.recorder = recorder
    self.clients = clients
  }

  /// Creates the regions `prefix-0 …` at control and joins an agent for each. Each agent has connections of its own.
  ///
  /// - Parameter applyPause: how long each takes to apply a batch.
  static func join(
    _ count: Int, prefix: String, control: ControlProcess, applyPause: Duration = .zero
  ) async throws -> Fleet {
    let recorder = Recorder()
    let access = Access(url: control.url, token: try control.operatorToken(), pin: try control.pin())
    let manifest = try await access.manifest()
    var joined: [(AgentIdentity, HTTPClient)] = []
    try await withThrowingTaskGroup(of: (AgentIdentity, HTTPClient).self) { group in
      for index in 0..<count {
        if index >= joinsAtOnce, let done = try await group.next() { joined.append(done) }
        group.addTask { try await access.join("\(prefix)-\(index)", manifest) }
      }
      for try await done in group { joined.append(done) }
    }
    let agents = joined.map { identity, http in
      LightAgent(
        identity: identity, url: access.url, manifest: manifest, recorder: recorder, http: http,
        applyPause: applyPause)
    }
    return Fleet(agents: agents, recorder: recorder, clients: joined.map(\.1))
  }

  /// Runs all agents while `body` runs.
  func running<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for agent in agents { group.addTask { await agent.run() } }
      defer { group.cancelAll() }
      return try await body()
    }
  }

  func shutdown() async {
    await withTaskGroup { group in
      for client in clients {
        group.addTask { do { try await client.shutdown() } catch { return } }
      }
    }
  }
}

/// How agents and their operators reach control.
struct Access: Sendable {
  let url: String
  let token: String
  let pin: String

  static func client() -> HTTPClient {
    HTTPClient(eventLoopGroupProvider: .singleton, configuration: SyncClient.configuration)
  }

  func manifest() async throws -> Manifest {
    try await ManifestFetch(http: .shared, url: url).fetch()
      .verify(trust: .pin(pin), allowsDevelopment: true, now: WallClock.system.seconds())
  }

  /// Two regions that are created at once may be given one number; the second is then refused and asks again.
  private func create(_ name: String, _ api: OperatorClient) async throws {
    let region: JSONValue = ["name": .string(name), "url": .string("https://\(name).example")]
    for _ in 0..<5 {
      do {
        try await api.post("/api/v1/operator/regions", region)
        return
      } catch is OperatorClient.Refused { continue }
    }
    try await api.post("/api/v1/operator/regions", region)
  }

  func join(_ name: String, _ manifest: Manifest) async throws -> (AgentIdentity, HTTPClient) {
    let api = OperatorClient(url: url, token: token)
    try await create(name, api)
    let token = try await api.post("/api/v1/operator/regions/\(name)/join-tokens", [:]).field("token").string()
    let agentKey = try SigningKey(purpose: .agent)
    let streamKey = try SigningKey(purpose: .stream)
    let http = Self.client()
    let client = SyncClient(
      http: http, url: url, audience: .control, keys: { manifest.key($0) }, signer: { agentKey })
    let request = try JoinRequest(
      token: token, agentKey: agentKey.verificationKey, streamKey: streamKey, software: "scale/0", development: true)
    let answer: JoinAnswer = try await client.call(SyncPath.join, request, timeout: .seconds(30)).document()
    let id = String((0..<32).map { _ in "0123456789abcdef".randomElement() ?? "0" })
    guard let epoch = Epoch(ordinal: 1, id: id) else { throw ControlProcess.Failure(description: "no epoch") }
    return (
      AgentIdentity(name: name, silo: answer.silo, agentKey: agentKey, streamKey: streamKey, epoch: epoch), http
    )
  }
}
