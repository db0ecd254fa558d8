import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import SyncProtocol
import Testing

@testable import Web

@Suite("read-your-writes over HTTP") struct SyncTokenTests {
  /// Keeps everybody who comes until it is opened.
  private actor Door {
    private var inside = 0
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var watching: (count: Int, continuation: CheckedContinuation<Void, Never>)?

    func pass() async {
      guard !isOpen else { return }
      inside += 1
      if let watching, watching.count <= inside {
        self.watching = nil
        watching.continuation.resume()
      }
      await withCheckedContinuation { waiting.append($0) }
    }

    /// Returns when so many stand here.
    func holds(_ count: Int) async {
      guard inside < count else { return }
      await withCheckedContinuation { watching = (count, $0) }
    }

    func open() {
      isOpen = true
      for continuation in waiting { continuation.resume() }
      waiting = []
    }
  }

  /// A silo whose applied transactions a test moves.
  private final class Desk: SyncTokenDesk {
    let key: SigningKey
    let silo: SiloNumber
    private let state = Mutex((applied: UInt64(0), asked: [SyncPosition]()))
    private let hasToken: Bool
    /// Whoever waits stands here; nil: nobody does.
    let door: Door?

    init(silo: SiloNumber = .control, hasToken: Bool = true, door: Door? = nil) throws {
      key = try SigningKey(purpose: .stream)
      self.silo = silo
      self.hasToken = hasToken
      self.door = door
    }

    var asked: [SyncPosition] { state.withLock { $0.asked } }
    func apply(_ transaction: UInt64) { state.withLock { $0.applied = transaction } }

    func concerns(_ token: SyncToken) -> Bool { token.position.stream.value < 2 }
    func isGenuine(_ token: SyncToken) async throws -> Bool {
      token.isValid(by: [KnownKey(key: key.verificationKey, purpose: .stream)])
    }
    func wait(for positions: [SyncPosition], until deadline: ContinuousClock.Instant) async throws -> Bool {
      await door?.pass()
      return state.withLock { state in
        state.asked += positions
        return positions.allSatisfy { $0.transaction <= state.applied }
      }
    }
    func token(for written: WriteRecorder.Written) async throws -> SyncToken? {
      guard hasToken else { return nil }
      let transaction: UInt64 =
        switch written {
        case .transaction(let id): id
        case .outside: 999
        }
      return try SyncToken(SyncPosition(stream: silo, epoch: 1, transaction: transaction), signedBy: key)
    }

    func text(_ transaction: UInt64, stream: Int = 0) throws -> String {
      let stream = try #require(SiloNumber(stream))
      return try SyncToken(SyncPosition(stream: stream, epoch: 1, transaction: transaction), signedBy: key).text
    }
  }

  private struct Answer: Sendable {
    let status: Int
    let token: String?
    let retryAfter: String?
    let body: String
  }

  private func ask(
    _ desk: Desk, _ path: String = "/api/v1/thing", method: HTTPRequest.Method = .get, tokens: [String] = [],
    limits: SyncTokenLimits = SyncTokenLimits()
  ) async throws -> Answer {
    try await application(desk, limits: limits).test(.router) { client in
      try await Self.ask(client, path, method: method, tokens: tokens)
    }
  }

  private func application(
    _ desk: Desk, limits: SyncTokenLimits = SyncTokenLimits()
  ) -> Application<RouterResponder<WebContext>> {
    let router = Router.withProblems()
    router.addMiddleware {
      SyncTokenMiddleware(
        desk: desk, limits: limits,
        client: { request, _ in ClientAddress(request.headers[.forwardedFor] ?? "") ?? .local },
        applies: { $0.hasPrefix("/api/v1/") })
    }
    for path in ["/api/v1/thing", "/other"] as [RouterPath] {
      router.get(path) { _, _ in "read" }
      router.post(path) { _, _ in
        WriteRecorder.current?.note(41)
        WriteRecorder.current?.note(42)
        return "written"
      }
      router.put(path) { _, _ in
        WriteRecorder.current?.noteOutside()
        WriteRecorder.current?.note(43)
        return "written elsewhere"
      }
    }
    return Application(router: router)
  }

  private static func ask(
    _ client: some TestClientProtocol, _ path: String = "/api/v1/thing", method: HTTPRequest.Method = .get,
    tokens: [String] = [], credential: String? = nil, from address: String? = nil
  ) async throws -> Answer {
    var headers = HTTPFields()
    headers[.forwardedFor] = address
    headers[values: .atollSyncToken] = tokens
    if let credential { headers[.authorization] = "Bearer \(credential)" }
    return try await client.execute(uri: path, method: method, headers: headers) { response in
      Answer(
        status: response.status.code, token: response.headers[.atollSyncToken],
        retryAfter: response.headers[.retryAfter], body: String(buffer: response.body))
    }
  }

  @Test("a write is answered with a token of its last transaction, a read with none") func writes() async throws {
    let desk = try Desk()
    let written = try await ask(desk, method: .post)
    #expect(written.status == 200)
    #expect(try SyncToken(#require(written.token))?.position.transaction == 42)
    #expect(try await ask(desk).token == nil)
  }

  @Test("what somebody else committed gets a token that covers it, whatever was written besides") func outside()
    async throws
  {
    let answer = try await ask(Desk(), method: .put)
    #expect(try SyncToken(#require(answer.token))?.position.transaction == 999)
  }

  @Test("paths that the middleware is not for neither wait nor give tokens") func otherPaths() async throws {
    let desk = try Desk()
    #expect(try await ask(desk, "/other", method: .post).token == nil)
    #expect(try await ask(desk, "/other", tokens: ["nonsense"]).status == 200)
  }

  @Test("a write whose token cannot be made is answered without one") func tokenless() async throws {
    let answer = try await ask(Desk(hasToken: false), method: .post)
    #expect(answer.status == 200)
    #expect(answer.token == nil)
  }

  @Test("a request waits for every token that it carries") func waits() async throws {
    let desk = try Desk()
    desk.apply(20)
    let tokens = [try desk.text(10) + ", " + (try desk.text(20, stream: 1)), try desk.text(15)]
    #expect(try await ask(desk, tokens: tokens).status == 200)
    #expect(desk.asked.map(\.transaction) == [10, 20, 15])
  }

  @Test("what is not applied in time is 503 with Retry-After, and nothing of the request is done") func notYet()
    async throws
  {
    let desk = try Desk()
    desk.apply(9)
    let answer = try await ask(desk, method: .post, tokens: [desk.text(10)])
    #expect(answer.status == 503)
    #expect(answer.retryAfter == "1")
    #expect(answer.body.contains("urn:atoll:problem:not-yet-applied"))
    #expect(answer.token == nil)
  }

  @Test("tokens of silos whose log never comes here are no reason to wait, nor to refuse") func foreign() async throws {
    let desk = try Desk()
    let stranger = try SigningKey(purpose: .stream)
    let token = try SyncToken(
      SyncPosition(stream: #require(SiloNumber(9)), epoch: 1, transaction: 77), signedBy: stranger)
    #expect(try await ask(desk, tokens: [token.text]).status == 200)
    #expect(desk.asked.isEmpty)
  }

  @Test(
    "what was never given out is 400",
    arguments: [
      "", "nonsense", String(repeating: "A", count: 106), "GOOD,", "GOOD GOOD", "GOOD;q=1", "MANY", "LONG", "FORGED",
    ])
  func invalid(kind: String) async throws {
    let desk = try Desk()
    desk.apply(.max)
    let good = try desk.text(1)
    let text: String =
      switch kind {
      case "MANY": Array(repeating: good, count: 9).joined(separator: ",")
      case "LONG": good + "," + String(repeating: " ", count: 3000) + good
      case "FORGED":
        try SyncToken(
          SyncPosition(stream: .control, epoch: 1, transaction: 1), signedBy: SigningKey(purpose: .stream)
        ).text
      default: kind.replacing("GOOD", with: good)
      }
    let answer = try await ask(desk, tokens: [text])
    #expect(answer.status == 400)
    #expect(answer.body.contains("urn:atoll:problem:sync-token-invalid"))
    #expect(desk.asked.isEmpty)
  }

  @Test("one caller's waits are bounded, and leave room for others") func bounded() async throws {
    let door = Door()
    let desk = try Desk(door: door)
    desk.apply(.max)
    let token = try desk.text(1)
    var limits = SyncTokenLimits()
    limits.waitsOfCaller = 2
    limits.waits = 3
    try await application(desk, limits: limits).test(.router) { client in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<2 {
          group.addTask { try await Self.ask(client, tokens: [token], credential: "ada").status }
        }
        await door.holds(2)
        let refused = try await Self.ask(client, tokens: [token], credential: "ada")
        #expect(refused.status == 503)
        #expect(refused.body.contains("urn:atoll:problem:too-many-waiting"))
        group.addTask { try await Self.ask(client, tokens: [token], credential: "bob").status }
        await door.holds(3)
        #expect(try await Self.ask(client, tokens: [token], credential: "eve").status == 503)
        // Without a token nobody waits.
        #expect(try await Self.ask(client, credential: "ada").status == 200)
        await door.open()
        for try await status in group { #expect(status == 200) }
        #expect(try await Self.ask(client, tokens: [token], credential: "ada").status == 200)
      }
    }
  }

  @Test("this machine leaves a quarter of the places to others")
  func thisMachine() async {
    var limits = SyncTokenLimits()
    limits.waitsOfNetwork = 1
    limits.waits = 4
    let callers = WaitingCallers(limits: limits)
    func wait(_ number: Int, _ inside: () async -> Void) async -> Void? {
      await callers.waiting(
        .init(number % 2 == 0 ? .local : ClientAddress("::1") ?? .local, credential: "\(number)"), inside)
    }
    var told: [Bool] = []
    let waited: Void? = await wait(0) {
      _ = await wait(1) {
        _ = await wait(2) {
          told.append(await wait(3) {} == nil)
          let elsewhere = WaitingCallers.Caller(ClientAddress("192.0.2.7") ?? .local, credential: nil)
          told.append(await callers.waiting(elsewhere) {} == nil)
        }
      }
    }
    #expect(waited != nil)
    #expect(told == [true, false])
  }

  @Test("made-up credentials take no more places than one network may have", .timeLimit(.minutes(20)))
  func networks() async throws {
    let door = Door()
    let desk = try Desk(door: door)
    desk.apply(.max)
    let token = try desk.text(1)
    var limits = SyncTokenLimits()
    limits.waitsOfCaller = 2
    limits.waitsOfNetwork = 4
    limits.waits = 20
    try await application(desk, limits: limits).test(.router) { client in
      try await withThrowingTaskGroup(of: Int.self) { group in
        // One customer's IPv6 network has more addresses than anybody counts.
        for number in 0..<4 {
          group.addTask {
            try await Self.ask(client, tokens: [token], credential: "made up \(number)", from: "2001:db8::\(number)")
              .status
          }
        }
        await door.holds(4)
        for credential in ["made up 9", "ada", nil] {
          let refused = try await Self.ask(client, tokens: [token], credential: credential, from: "2001:db8::9")
          #expect(refused.status == 503)
          #expect(refused.retryAfter == "1")
          #expect(refused.body.contains("urn:atoll:problem:too-many-waiting"))
        }
        // Others wait as ever, also somebody who shows the same from elsewhere.
        for (credential, address) in [
          ("made up 0", "192.0.2.7"), ("made up 0", "192.0.2.7"), ("ada", "2001:db8:0:1::1"), ("bob", "127.0.0.1"),
        ] {
          group.addTask {
            try await Self.ask(client, tokens: [token], credential: credential, from: address).status
          }
        }
        await door.holds(8)
        #expect(try await Self.ask(client, tokens: [token], credential: "made up 0", from: "192.0.2.7").status == 503)
        await door.open()
        for try await status in group { #expect(status == 200) }
        #expect(try await Self.ask(client, tokens: [token], credential: "ada", from: "2001:db8::9").status == 200)
      }
    }
  }
}
