import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix
import SyncProtocol
import Web

/// Regions that behave badly, each with a valid key of its own.
struct Troublemakers: Sendable {
  let control: String
  let manifest: Manifest
  let hostile: AgentIdentity
  let slow: AgentIdentity
  private let http: HTTPClient

  /// People that the hostile region claims as members of an organization of its own.
  static let claimed = 10_000

  static func join(control: ControlProcess) async throws -> Troublemakers {
    let access = Access(url: control.url, token: try control.operatorToken(), pin: try control.pin())
    let manifest = try await access.manifest()
    let (hostile, http) = try await access.join("hostile", manifest)
    let (slow, other) = try await access.join("slow-reader", manifest)
    // Joined and never heard of again: the dead one.
    let (_, dead) = try await access.join("dead", manifest)
    try await other.shutdown()
    try await dead.shutdown()
    return Troublemakers(control: control.url, manifest: manifest, hostile: hostile, slow: slow, http: http)
  }

  func shutdown() async {
    do { try await http.shutdown() } catch { return }
  }

  /// Attacks and claims what is not its own until the task is cancelled; counts what control answered.
  func beHostile(_ recorder: Recorder) async {
    await withTaskGroup { group in
      for worker in 0..<4 {
        group.addTask { await attack(worker, recorder) }
      }
      group.addTask { await claimMembers(recorder) }
    }
  }

  /// One of each kind of bad request after the other, as fast as control answers.
  private func attack(_ worker: Int, _ recorder: Recorder) async {
    var step = worker
    while !Task.isCancelled {
      step += 1
      do {
        let status = try await bad(step)
        recorder.fault("hostile: HTTP \(status)")
      } catch {
        recorder.fault("hostile: no answer")
        do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
      }
    }
  }

  private func bad(_ step: Int) async throws -> Int {
    let body: [UInt8]
    var key = hostile.agentKey
    switch step % 5 {
    case 0: return try await send(nil, path: SyncPath.pull, body: (0..<2000).map { _ in UInt8.random(in: 0...255) })
    case 1:
      // Another key under the name of ours.
      key = try SigningKey(purpose: .agent)
      body = pull(ahead: false).body
      let forged = try sign(SyncPath.pull, body, key)
      return try await send(forged, path: SyncPath.pull, body: body, keyid: (key.keyid, hostile.agentKey.keyid))
    case 2:
      body = pull(ahead: true).body
      return try await send(try sign(SyncPath.pull, body, key), path: SyncPath.pull, body: body)
    case 3:
      body = pull(ahead: true).body
      let signed = try sign(SyncPath.pull, body, key)
      _ = try await send(signed, path: SyncPath.pull, body: body)
      return try await send(signed, path: SyncPath.pull, body: body)
    default:
      body = [UInt8](repeating: 0x20, count: WireLimits.maximumDocumentBytes + 1)
      return try await send(try sign(SyncPath.pull, body, key), path: SyncPath.pull, body: body)
    }
  }

  /// A pull with no session that ever was, with a cursor that cannot be.
  private func pull(ahead: Bool) -> PullRequest {
    let cursor = Position(Int64.max - 1).map {
      Cursor(epoch: hostile.epoch, position: ahead ? $0 : .zero, chain: .origin)
    }
    let claim = CursorClaim(lane: .main, cursor: cursor, seen: .zero, isProven: false)
    let request = SyncRequest(receiver: hostile.silo, claims: [claim], nacks: [], holdLimit: 0)
    return PullRequest(
      session: "none", counter: Int64(Date().timeIntervalSince1970 * 1_000_000), manifestVersion: 1,
      request: SyncRequestDocument(request))
  }

  private func sign(_ path: String, _ body: [UInt8], _ key: SigningKey) throws -> SignedRequest {
    try SignedRequest(
      path: path, contentType: SyncContentType.json.rawValue, audience: SiloNumber.control.description, body: body,
      key: key, created: WallClock.system.seconds(), nonce: .random())
  }

  private func send(
    _ signed: SignedRequest?, path: String, body: [UInt8], keyid: (from: String, to: String)? = nil
  ) async throws -> Int {
    var request = HTTPClientRequest(url: control + path)
    request.method = .POST
    for line in signed?.fields.lines ?? [] {
      let value = keyid.map { line.value.replacing($0.from, with: $0.to) } ?? line.value
      request.headers.add(name: line.name, value: value)
    }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await http.execute(request, timeout: .seconds(30))
    _ = try await response.body.collect(upTo: 1 << 20)
    return Int(response.status.code)
  }

  /// Says hello and pushes member rows of an organization that is its own by its word only, in batches, with good seals.
  private func claimMembers(_ recorder: Recorder) async {
    let link = AgentLink(identity: hostile, url: control, manifest: manifest, recorder: recorder, http: http)
    do {
      let opening = try await patiently(link) { try await link.opening() }
      let claims = Dictionary(
        opening.request.claims.map { ($0.lane, $0.cursor) }, uniquingKeysWith: { first, _ in first })
      guard claims[.main] != nil else { return }
      let start = Cursor(epoch: hostile.epoch, position: .zero, chain: .origin)
      if claims[.main] == .some(nil) {
        let restart = Resynchronization(start: start, token: 5, reason: .firstContact)
        _ = try await patiently(link) {
          try await link.push(SyncAnswer(body: .resynchronize(restart), held: 0, age: 0))
        }
      }
      var from = start
      let organization = UUID().uuidString.lowercased()
      for number in 0..<Self.claimed / 1000 where !Task.isCancelled {
        guard let next = batch(number, from: from, organization) else { return }
        _ = try await patiently(link) { try await link.push(SyncAnswer(body: .batch(next.batch), held: 0, age: 0)) }
        from = next.cursor
        recorder.fault("hostile: 1000 members claimed")
      }
    } catch {
      recorder.fault("hostile: claim refused: \(error)")
    }
  }

  /// Comes again as often as control asks.
  private func patiently<Value: Sendable>(
    _ link: AgentLink, _ work: @Sendable () async throws -> Value
  ) async throws -> Value {
    while true {
      do { return try await work() } catch let problem as SyncProblem where problem.code == .retryLater {
        try await Task.sleep(for: .milliseconds(await link.pause() ?? 100))
      }
    }
  }

  private func batch(_ number: Int, from: Cursor, _ organization: String) -> (batch: Batch, cursor: Cursor)? {
    guard let kind = Kind("member"), let to = Position(Int64(number + 1) * 1000),
      let chain = ChainHash(bytes: (0..<32).map { _ in UInt8.random(in: 0...255) })
    else { return nil }
    let version = RowVersion(generation: 1, epoch: 1, head: to)
    let rows = (0..<1000).compactMap { _ -> RowImage? in
      guard let key = RowKey(UUID().uuidString.lowercased()) else { return nil }
      return RowImage(
        row: RowReference(kind: kind, key: key), version: version,
        fields: [
          RowImage.Field(name: "id", value: key.text), RowImage.Field(name: "organization_id", value: organization),
          RowImage.Field(name: "role", value: "member"),
          RowImage.Field(name: "user_id", value: UUID().uuidString.lowercased()),
        ])
    }.sorted { $0.row < $1.row }
    let batch = Batch(
      stream: hostile.silo, audience: .control, lane: .main, epoch: hostile.epoch, from: from.position, to: to,
      chainBefore: from.chain, chainAfter: chain, consistentAt: to, head: to, completeAsOf: 0,
      completeSnapshot: .empty, rows: rows)
    return (batch, Cursor(epoch: hostile.epoch, position: to, chain: chain))
  }

  /// Opens connections, sends the head of a request byte by byte, and reads answers not at all, until the task is cancelled.
  func readSlowly() async {
    guard let port = control.split(separator: ":").last.flatMap({ Int($0) }) else { return }
    var channels: [any Channel] = []
    do {
      for _ in 0..<8 {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .channelOption(.autoRead, value: false)
          .channelOption(.socketOption(.so_rcvbuf), value: 4096)
          .connect(host: "127.0.0.1", port: port).get()
        channels.append(channel)
      }
      let head = Array("POST \(SyncPath.pull) HTTP/1.1\r\nhost: control\r\nx-slow: ".utf8)
      var index = 0
      while !Task.isCancelled {
        let byte = index < head.count ? head[index] : UInt8(ascii: "a")
        index += 1
        for channel in channels where channel.isActive {
          channel.writeAndFlush(ByteBuffer(bytes: [byte]), promise: nil)
        }
        try await Task.sleep(for: .milliseconds(200))
      }
    } catch {
      // Refused or cancelled: both end it.
    }
    for channel in channels { channel.close(promise: nil) }
  }
}
