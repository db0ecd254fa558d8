import ControlPlane
import FoundationEssentials
import HTTPTypes
import Silo
import SyncProtocol
import Synchronization
import Testing

/// An agent made of keys and nothing else: it can say whatever it likes, well signed.
final class FakeRegion: Sendable {
  private struct State {
    var counter: Int64 = 0
    var session = ""
    var silo = SiloNumber.control
    /// The manifest that this agent says it believes.
    var manifestVersion: Int64 = 1
    /// What control asked of this region's log last.
    var asked: SyncRequestDocument?
    /// What this region has of control's log.
    var lanes: [Lane: LaneState] = [:]
  }

  let control: ControlFixture
  let name: String
  let agent: SigningKey
  let stream: SigningKey
  private let state = Mutex(State())

  init(_ control: ControlFixture, name: String) throws {
    self.control = control
    self.name = name
    agent = try SigningKey(purpose: .agent)
    stream = try SigningKey(purpose: .stream)
  }

  /// What control asked of this region's log last.
  var asked: SyncRequestDocument? { state.withLock { $0.asked } }
  var silo: SiloNumber { state.withLock { $0.silo } }
  var manifestVersion: Int64 {
    get { state.withLock { $0.manifestVersion } }
    set { state.withLock { $0.manifestVersion = newValue } }
  }
  var session: String {
    get { state.withLock { $0.session } }
    set { state.withLock { $0.session = newValue } }
  }

  static let epoch = Epoch(ordinal: 1, id: String(repeating: "a", count: 32))

  func nextCounter() -> Int64 {
    state.withLock { state in
      state.counter += 1
      return state.counter
    }
  }

  /// Creates the region, joins it and says hello.
  static func joined(_ control: ControlFixture, _ name: String, _ more: [(String, JSONValue)] = []) async throws
    -> FakeRegion
  {
    let made = try await control.region(name, more)
    #expect(made.status == 201)
    let region = try FakeRegion(control, name: name)
    let answer = try await region.join(try await region.joinToken())
    #expect(answer.status == 200)
    try await control.sequence()
    #expect(try await region.hello().status == 200)
    return region
  }

  func joinToken() async throws -> String {
    try await control.post("/api/v1/operator/regions/\(name)/join-tokens", token: control.operatorToken, [:])
      .text("token")
  }

  func join(_ token: String, stream other: SigningKey? = nil) async throws -> Answer {
    let request = try JoinRequest(
      token: token, agentKey: agent.verificationKey, streamKey: other ?? stream, software: "test/1", development: true)
    let answer = try await call(SyncPath.join, request.body)
    if answer.status == 200 {
      let joined = try JoinAnswer(body: answer.bytes)
      state.withLock { $0.silo = joined.silo }
    }
    return answer
  }

  func hello(
    silo other: SiloNumber? = nil, counter: Int64? = nil, versions: [Int] = Negotiation.versions,
    capabilities: Set<Capability> = Negotiation.capabilities
  ) async throws -> Answer {
    let epoch = try #require(Self.epoch)
    let request = HelloRequest(
      versions: versions, capabilities: capabilities, silo: other ?? silo, instance: "0123456789abcdef0123456789abcdef",
      software: "test/1",
      counter: counter ?? nextCounter(), log: LogDescription(epoch: epoch, head: .zero), highestPeerEpoch: 0,
      manifestVersion: manifestVersion)
    let answer = try await call(SyncPath.hello, request.body)
    if answer.status == 200 {
      let hello = try HelloAnswer(body: answer.bytes)
      state.withLock { state in
        state.session = hello.session
        state.asked = hello.request
      }
    }
    return answer
  }

  /// A signed request through the router. `alter` changes what arrives.
  func call(
    _ path: String, _ body: [UInt8], contentType: SyncContentType = .json, key: SigningKey? = nil,
    audience: String = "control", alter: (inout HTTPFields, inout [UInt8]) -> Void = { _, _ in }
  ) async throws -> Answer {
    let signed = try SignedRequest(
      path: path, contentType: contentType.rawValue, audience: audience, body: body, key: key ?? agent,
      created: Int64(control.clock.now.timeIntervalSince1970), nonce: .random())
    return try await send(signed, alter: alter)
  }

  func send(
    _ signed: SignedRequest, alter: (inout HTTPFields, inout [UInt8]) -> Void = { _, _ in }
  ) async throws -> Answer {
    var headers = HTTPFields()
    for line in signed.fields.lines {
      if let name = HTTPField.Name(line.name) { headers.append(HTTPField(name: name, value: line.value)) }
    }
    var body = signed.body
    alter(&headers, &body)
    return try await control.raw(.post, signed.path, headers: headers, body: body)
  }

  /// The code of a refusal.
  static func code(_ answer: Answer) -> SyncProblem.Code? {
    do { return try SyncProblem(body: answer.bytes).code } catch { return nil }
  }

  // MARK: Down

  /// Pulls until there is nothing new, and returns the rows by kind and key as a region would hold them.
  func pullAll() async throws -> [RowReference: RowImage] {
    try await control.sequence()
    var held: [RowReference: RowImage] = [:]
    var quiet = 0
    for _ in 0..<50 where quiet < 3 {
      let answer = try await pull()
      switch answer.body {
      case .resynchronize(let start):
        state.withLock { state in
          for lane in [Lane.priority, .main] {
            state.lanes[lane] = LaneState(cursor: start.start, seen: start.start.position)
          }
        }
        try await control.sequence()
      case .batch(let batch):
        if batch.rows.isEmpty { quiet += 1 } else { quiet = 0 }
        for row in batch.rows { held[row.row] = row }
        try state.withLock { state in
          let lane = try #require(state.lanes[batch.lane])
          state.lanes[batch.lane] = try BatchCheck.next(
            batch, after: lane, stream: .control, audience: state.silo, rowLimit: 100_000)
        }
      case .refused(let refusal, _): Issue.record("refused: \(refusal)")
      case .retry: quiet += 1
      }
    }
    return held
  }

  func pull(wait: Int64 = 0, nacks: [Nack] = []) async throws -> SyncAnswer {
    let answer = try await pullRaw(wait: wait, nacks: nacks)
    try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
    let contentType = answer.headers[.contentType] ?? ""
    let message = try PullAnswer(body: answer.bytes, contentType: contentType)
    let manifest = try await self.manifest()
    return try message.answer.open(key: { manifest.key($0) }, stream: .control, audience: silo)
  }

  func pullRaw(wait: Int64 = 0, nacks: [Nack] = []) async throws -> Answer {
    let lanes = state.withLock { $0.lanes }
    let claims = [Lane.priority, .main].map { lane in
      CursorClaim(lane: lane, cursor: lanes[lane]?.cursor, seen: lanes[lane]?.seen ?? .zero, isProven: false)
    }
    let request = SyncRequest(receiver: silo, claims: claims, nacks: nacks, holdLimit: wait)
    let pull = PullRequest(
      session: session, counter: nextCounter(), manifestVersion: manifestVersion, request: SyncRequestDocument(request))
    return try await call(SyncPath.pull, pull.body)
  }

  func manifest() async throws -> Manifest {
    let answer = try await control.get(SyncPath.manifest)
    return try SignedManifest(bytes: answer.bytes).verify(
      trust: .pin(control.pin), allowsDevelopment: true, now: Int64(control.clock.now.timeIntervalSince1970))
  }

  // MARK: Up

  /// Pushes rows of this region's log, whatever they claim, and returns the codes of those that control refused.
  func push(
    _ rows: [RowImage.Draft], seal: SigningKey? = nil, complete: TransactionSnapshot = .empty
  ) async throws -> [RowReference: String] {
    let answer = try await pushRaw(rows, seal: seal, complete: complete)
    try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
    let pushed = try PushAnswer(body: answer.bytes)
    #expect(pushed.fault == nil)
    state.withLock { $0.asked = pushed.request }
    return Dictionary(pushed.request.nacks.map { ($0.row, $0.code) }, uniquingKeysWith: { first, _ in first })
  }

  func pushRaw(
    _ rows: [RowImage.Draft], seal: SigningKey? = nil, complete: TransactionSnapshot = .empty
  ) async throws -> Answer {
    let epoch = try #require(Self.epoch)
    var asked = try #require(state.withLock { $0.asked })
    if asked.claims.contains(where: { $0.cursor == nil }) {
      let start = Resynchronization(
        start: Cursor(epoch: epoch, position: .zero, chain: .origin), token: 1, reason: .firstContact)
      let answer = try await push(SyncAnswer(body: .resynchronize(start), held: 0, age: 0), seal: seal)
      asked = try PushAnswer(body: answer.bytes).request
    }
    let cursor = try #require(asked.claims.first { $0.lane == .main }?.cursor)
    let to = try #require(cursor.position.advanced(by: max(1, rows.count)))
    let images = rows.map { $0.image(epoch: epoch.ordinal, head: to) }.sorted { $0.row < $1.row }
    let batch = Batch(
      stream: silo, audience: .control, lane: .main, epoch: epoch, from: cursor.position, to: to,
      chainBefore: cursor.chain,
      chainAfter: try #require(ChainHash(bytes: [UInt8](repeating: UInt8(to.value & 0xFF), count: 32))),
      consistentAt: to, head: to, completeAsOf: 1, completeSnapshot: complete, rows: images)
    return try await push(SyncAnswer(body: .batch(batch), held: 0, age: 0), seal: seal)
  }

  func push(_ answer: SyncAnswer, seal: SigningKey? = nil) async throws -> Answer {
    let document = try SyncAnswerDocument(sealing: answer, key: seal ?? stream)
    let request = PushRequest(session: session, counter: nextCounter(), answer: document)
    let (bytes, contentType) = try request.body(compressed: true)
    return try await call(SyncPath.push, bytes, contentType: contentType)
  }
}

extension RowImage {
  /// A row before it has a version.
  struct Draft: Sendable {
    let model: ReplicatedModel
    let key: String
    let fields: [String: String?]?
    var generation: Int64 = 1

    init(_ model: ReplicatedModel, _ key: String, _ fields: [String: String?]?, generation: Int64 = 1) {
      self.model = model
      self.key = key
      self.fields = fields
      self.generation = generation
    }

    func image(epoch: Int32, head: Position) -> RowImage {
      RowImage(
        row: RowReference(kind: model.kind, key: RowKey(key) ?? .init(model.kind)),
        version: RowVersion(generation: generation, epoch: epoch, head: head),
        fields: fields.map { fields in
          fields.sorted { $0.key < $1.key }.map { RowImage.Field(name: $0.key, value: $0.value) }
        })
    }
  }
}

extension RowKey {
  /// For keys that cannot be: any other.
  fileprivate init(_ kind: Kind) { self = RowKey(kind.name) ?? RowKey(unusable: ()) }
  fileprivate init(unusable: Void) { self = [RowKey("x")].compactMap { $0 }[0] }
}
