import Testing

@testable import SyncProtocol

@Suite("messages") struct MessageTests {
  private let key: SigningKey

  init() throws { key = try SigningKey(purpose: .stream) }

  private func known(_ keyid: String) -> KnownKey? {
    keyid == key.keyid ? KnownKey(key: key.verificationKey, purpose: .stream) : nil
  }

  private func request() throws -> SyncRequest {
    let cursor = Cursor(epoch: try Sample.epoch(), position: try Sample.position(44), chain: try Sample.chain(2))
    return SyncRequest(
      receiver: try Sample.silo(7),
      claims: [
        CursorClaim(lane: .priority, cursor: nil, seen: .zero, isProven: false),
        CursorClaim(lane: .main, cursor: cursor, seen: try Sample.position(50), isProven: false),
      ],
      nacks: [
        Nack(
          row: RowReference(kind: try #require(Kind("user")), key: try #require(RowKey("ü"))), code: "NO_GRANT",
          version: RowVersion(generation: 1, epoch: 3, head: try Sample.position(9)))
      ], holdLimit: 20_000)
  }

  private func hello() throws -> HelloRequest {
    HelloRequest(
      silo: try Sample.silo(7), instance: "0123456789abcdef0123456789abcdef", software: "atoll/0.1.0", counter: 9,
      log: LogDescription(epoch: try Sample.epoch(), head: try Sample.position(5)), highestPeerEpoch: 2,
      manifestVersion: 1)
  }

  /// All documents, to be parsed back and mutated.
  private func documents() throws -> [any SyncDocument & Hashable] {
    var problem = SyncProblem(.versionUnsupported, "no")
    problem.versions = [1, 2]
    problem.retryAfterMilliseconds = 5
    problem.reason = "x"
    let agent = try SigningKey(purpose: .agent)
    return [
      try hello(),
      HelloAnswer(
        version: 1, capabilities: [.zlib], session: "s1",
        log: LogDescription(epoch: try Sample.epoch(), head: try Sample.position(5)), highestPeerEpoch: 0,
        request: SyncRequestDocument(try request()), manifestVersion: 4),
      PullRequest(session: "s", counter: 3, manifestVersion: 1, request: SyncRequestDocument(try request())),
      PushAnswer(request: SyncRequestDocument(try request()), fault: "notAtCursor"),
      PushAnswer(request: SyncRequestDocument(try request())), problem,
      try JoinRequest(
        token: "atlj_x", agentKey: agent.verificationKey, streamKey: key, software: "atoll/0.1.0", development: true),
      JoinAnswer(state: .pending, silo: try Sample.silo(7), region: "eu"),
    ]
  }

  private func parse<Document: SyncDocument & Hashable>(_ document: Document, _ body: [UInt8]) -> Bool? {
    do throws(JSONError) {
      return try Document(body: body) == document
    } catch {
      return nil
    }
  }

  @Test("every document is read back as it was written") func roundTrip() throws {
    for document in try documents() { #expect(parse(document, document.body) == true, "\(type(of: document))") }
  }

  @Test("no change of one byte, no cut and no missing member traps a reader") func mutations() throws {
    for document in try documents() {
      let body = document.body
      for index in body.indices {
        for flip: UInt8 in [0x01, 0x04, 0x20, 0x80] {
          var mutated = body
          mutated[index] ^= flip
          _ = parse(document, mutated)
        }
        #expect(parse(document, Array(body[..<index])) == nil)
      }
      guard case .object(let object) = document.json else { continue }
      for member in object.members {
        var shorter = object
        shorter[member.key] = nil
        #expect(
          parse(document, JSONWriter.write(.object(shorter))) != true || member.key == "title" || member.key == "type"
            || member.key == "status")
        for other: JSONValue in [nil, true, -1, "", "x", [], [:], [[:]], 1_000_000] {
          var changed = object
          changed[member.key] = other
          _ = parse(document, JSONWriter.write(.object(changed)))
        }
      }
    }
  }

  private func answers() throws -> [SyncAnswer] {
    let start = Cursor(epoch: try Sample.epoch(), position: try Sample.position(44), chain: try Sample.chain(2))
    return [
      SyncAnswer(body: .batch(try Sample.batch()), held: 5, age: 7),
      SyncAnswer(
        body: .resynchronize(Resynchronization(start: start, token: .max, reason: .cursorGone)), held: 0, age: 0),
      SyncAnswer(body: .refused(.chainMismatch, .priority), held: 0, age: 0),
      SyncAnswer(body: .retry(after: 1000), held: 25_000, age: 0),
    ]
  }

  @Test("answers travel plain and compressed, down and up") func messages() throws {
    for answer in try answers() {
      let document = try SyncAnswerDocument(sealing: answer, key: key)
      for compressed in [false, true] {
        let pull = PullAnswer(answer: document, manifestVersion: 3)
        let (bytes, type) = try pull.body(compressed: compressed)
        let again = try PullAnswer(body: bytes, contentType: type.rawValue)
        #expect(again == pull)
        #expect(try again.answer.open(key: known, stream: .control, audience: Sample.silo(7)) == answer)
        let push = PushRequest(session: "s", counter: 1, answer: document)
        let (body, contentType) = try push.body(compressed: compressed)
        #expect(try PushRequest(body: body, contentType: contentType.rawValue) == push)
      }
    }
  }

  @Test("a message is refused when its framing, type or compression is wrong") func framing() throws {
    let document = try SyncAnswerDocument(sealing: try answers()[0], key: key)
    let pull = PullAnswer(answer: document, manifestVersion: 3)
    let (plain, _) = try pull.body(compressed: false)
    let (packed, type) = try pull.body(compressed: true)
    #expect(type == .compressedMessage)
    func code(_ body: [UInt8], _ type: String) -> WireError.Code? {
      do throws(WireError) {
        _ = try PullAnswer(body: body, contentType: type)
        return nil
      } catch {
        return error.code
      }
    }
    let message = SyncContentType.message.rawValue
    let zlib = SyncContentType.compressedMessage.rawValue
    #expect(code(plain, message) == nil)
    #expect(code(plain, "application/json") == .contentType)
    #expect(code(plain, message + "; charset=utf-8") == .contentType)
    #expect(code(plain, zlib) == .compression)
    #expect(code(packed, message) != nil)
    #expect(code(packed + [0], zlib) == .compression)
    #expect(code(Array(packed.dropLast()), zlib) == .compression)
    #expect(code([], zlib) == .compression)
    #expect(code([], message) == .framing)
    #expect(code(plain.filter { $0 != 0x0A }, message) == .framing)
    let bomb = try Zlib.deflate([UInt8](repeating: 0x20, count: 40 << 20))
    #expect(bomb.count < 1 << 20)
    #expect(code(bomb, zlib) == .tooLarge)
    #expect(code([UInt8](repeating: 0x20, count: WireLimits.maximumBodyBytes + 1), message) == .tooLarge)
    let retry = PullAnswer(answer: try SyncAnswerDocument(sealing: try answers()[3], key: key), manifestVersion: 3)
    #expect(code(try retry.body(compressed: false).bytes + [0x7B], message) == .document)
    for index in packed.indices {
      var mutated = packed
      mutated[index] ^= 0x10
      _ = code(mutated, zlib)
      #expect(code(Array(packed[..<index]), zlib) == .compression)
    }
  }

  @Test("a claim is proven by the sender's own seal over the batch that led to the cursor, and by nothing else")
  func proofs() throws {
    let batch = try Sample.batch()
    let envelope = try SealedBatch(sealing: batch, key: key).envelope
    let cursor = Cursor(epoch: batch.epoch, position: batch.to, chain: batch.chainAfter)
    let region = try Sample.silo(7)
    func isProven(
      _ lane: Lane, _ cursor: Cursor?, _ proof: BatchEnvelope?, of receiver: SiloNumber,
      on stream: SiloNumber = .control
    ) -> Bool {
      CursorClaimDocument(lane: lane, cursor: cursor, seen: .zero, proof: proof)
        .claim(of: receiver, on: stream, key: known).isProven
    }
    #expect(isProven(.main, cursor, envelope, of: region))
    #expect(!isProven(.main, cursor, nil, of: region))
    #expect(!isProven(.main, nil, envelope, of: region))
    #expect(!isProven(.priority, cursor, envelope, of: region))
    #expect(!isProven(.main, cursor, envelope, of: try Sample.silo(8)))
    #expect(!isProven(.main, cursor, envelope, of: region, on: try Sample.silo(9)))
    let beyond = Cursor(epoch: batch.epoch, position: try Sample.position(45), chain: batch.chainAfter)
    #expect(!isProven(.main, beyond, envelope, of: region))
    let forged = try SealedBatch(sealing: batch, key: try SigningKey(purpose: .stream)).envelope
    #expect(!isProven(.main, cursor, forged, of: region))
    let document = SyncRequestDocument(try request(), proofs: [.main: envelope])
    let again = try SyncRequestDocument(body: document.body)
    #expect(again.request(of: region, on: .control, key: known).claims[1].isProven)
    #expect(again.request(of: region, on: .control, key: known).receiver == region)
  }

  @Test("the most NACKs with the longest keys fit into a document")
  func longestRequest() throws {
    let row = RowReference(
      kind: try #require(Kind(String(repeating: "k", count: 63))),
      key: try #require(RowKey(String(repeating: "\u{1}", count: 255))))
    let nack = Nack(
      row: row, code: String(repeating: "C", count: 40),
      version: RowVersion(generation: .max, epoch: .max, head: try Sample.position(.max)))
    let request = SyncRequest(
      receiver: try Sample.silo(7), claims: try self.request().claims,
      nacks: Array(repeating: nack, count: WireLimits.maximumNacks + 1), holdLimit: .max)
    let document = SyncRequestDocument(request)
    #expect(document.nacks.count == WireLimits.maximumNacks)
    #expect(try SyncRequestDocument(body: document.body) == document)
  }

  @Test("a batch that is too large for one body is not sent")
  func tooLarge() throws {
    let value = String(repeating: "x", count: WireLimits.maximumValueBytes)
    let rows = try (10..<27).map { try Sample.row("user", "k\($0)", fields: [("name", value)]) }
    let batch = SyncAnswer(body: .batch(try Sample.batch(rows: rows)), held: 0, age: 0)
    let pull = PullAnswer(answer: try SyncAnswerDocument(sealing: batch, key: key), manifestVersion: 1)
    #expect(throws: WireError.self) { try pull.body(compressed: false) }
    let (bytes, type) = try pull.body(compressed: true)
    #expect(try PullAnswer(body: bytes, contentType: type.rawValue) == pull)
  }

  @Test("a lane claimed twice is refused") func lanesTwice() throws {
    var document = SyncRequestDocument(try request())
    document.claims[0].lane = .main
    #expect(throws: JSONError.self) { try SyncRequestDocument(body: document.body) }
  }

  @Test("the highest common version and the common capabilities are chosen, unknown ones ignored") func negotiation()
    throws
  {
    #expect(Negotiation.version(offered: [1, 2, 3], supported: [1, 2]) == 2)
    #expect(Negotiation.version(offered: [3], supported: [1, 2]) == nil)
    #expect(Negotiation.version(offered: [], supported: [1]) == nil)
    let odd = try #require(Capability("x-future"))
    #expect(Negotiation.capabilities(offered: [.zlib, odd]) == [.zlib])
    #expect(Capability("Zlib") == nil)
  }

  @Test("a join request proves its stream key, and not for another token or agent") func join() throws {
    let agent = try SigningKey(purpose: .agent)
    var join = try JoinRequest(
      token: "atlj_x", agentKey: agent.verificationKey, streamKey: key, software: "atoll/0.1.0", development: false)
    #expect(join.isStreamKeyProven)
    join.token = "atlj_y"
    #expect(!join.isStreamKeyProven)
    join.token = "atlj_x"
    join.agentKey = try SigningKey(purpose: .agent).verificationKey
    #expect(!join.isStreamKeyProven)
    join.agentKey = join.streamKey
    #expect(!join.isStreamKeyProven)
    let weak = try JoinRequest(
      token: "atlj_x", agentKey: agent.verificationKey, streamKey: key, software: "a", development: false)
    guard case .object(var object) = weak.json else { return }
    object["agent_key"] = .string(Base64.encode([UInt8](repeating: 0, count: 32)))
    #expect(throws: JSONError.self) { try JoinRequest(body: JSONWriter.write(.object(object))) }
  }

  @Test("silo names are read in one form only") func silos() throws {
    #expect(SiloNumber("control") == .control)
    #expect(SiloNumber("region:7") == (try Sample.silo(7)))
    for name in ["", "Control", "region:0", "region:07", "region:4096", "region:-1", "region: 7", "region:", "7"] {
      #expect(SiloNumber(name) == nil, "\(name)")
    }
  }
}
