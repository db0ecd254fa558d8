import SyncProtocol
import Testing

@Suite("Rows beside the stream travel sealed")
struct BulkSealTests {
  private let key: SigningKey

  init() throws { key = try SigningKey(purpose: .stream) }

  private func known(_ keyid: String) -> KnownKey? {
    keyid == key.keyid ? KnownKey(key: key.verificationKey, purpose: .stream) : nil
  }

  private func answer(_ count: Int = 3, through: String? = "k3") throws -> BulkAnswer {
    let kind = Kind("user" as StaticString)
    let head = try #require(Position(12))
    let rows = try (1...count).map { number in
      RowImage(
        row: RowReference(kind: kind, key: try #require(RowKey("k\(number)"))),
        version: RowVersion(generation: 1, epoch: 3, head: head),
        fields: number == 2 ? nil : [.init(name: "name", value: "Ada"), .init(name: "note", value: nil)])
    }
    return BulkAnswer(
      id: "0123456789abcdef", stream: .control, audience: try #require(SiloNumber(7)),
      epoch: try #require(Epoch(ordinal: 3, id: String(repeating: "a", count: 32))), head: head, isExact: true,
      chunk: ChunkRange(kind, keys: KeyRange(after: RowKey("a"), through: through.flatMap { RowKey($0) })), rows: rows,
      estimates: [kind: 1_000_000])
  }

  private func message(_ answer: BulkAnswer) throws -> (bytes: [UInt8], type: String) {
    let reply = try BulkReplyDocument(sealing: .answer(answer), key: key)
    let (bytes, type) = try BulkCallAnswer(reply: reply).body(compressed: false)
    return (bytes, type.rawValue)
  }

  private func open(_ bytes: [UInt8], _ type: String, for silo: Int = 7, from stream: SiloNumber = .control) throws
    -> BulkReply
  {
    try BulkCallAnswer(body: bytes, contentType: type).reply
      .open(key: known, stream: stream, audience: try #require(SiloNumber(silo)))
  }

  @Test("a chunk comes as it was read, plain and compressed, down and up") func roundTrip() throws {
    for answer in [try answer(), try answer(through: nil)] {
      let (bytes, type) = try message(answer)
      #expect(try open(bytes, type) == .answer(answer))
      let reply = try BulkReplyDocument(sealing: .answer(answer), key: key)
      let push = BulkPush(session: "s", counter: 4, reply: reply)
      let (body, contentType) = try push.body(compressed: true)
      #expect(try BulkPush(body: body, contentType: contentType.rawValue) == push)
    }
    let wait = try BulkReplyDocument(sealing: .retry(after: 1500), key: key)
    let (bytes, type) = try BulkCallAnswer(reply: wait).body(compressed: false)
    #expect(try open(bytes, type.rawValue) == .retry(after: 1500))
  }

  @Test("requests travel") func requests() throws {
    let kind = Kind("user" as StaticString)
    let key = try #require(RowKey("k"))
    let wanted: [BulkRequest.Wanted] = [
      .chunk(kind, after: nil), .chunk(kind, after: key), .references([RowReference(kind: kind, key: key)]),
    ]
    for wanted in wanted {
      let request = BulkRequest(
        id: "a", stream: .control, lane: .priority, wanted: wanted, rowLimit: 10, byteLimit: 1000, done: 5,
        wantsEstimates: true)
      let call = BulkCall(session: "s", counter: 9, request: request)
      #expect(try BulkCall(body: call.body) == call)
      let answer = BulkPushAnswer(bulk: request, fault: "wrongEpoch")
      #expect(try BulkPushAnswer(body: answer.body) == answer)
      let asking = SyncRequest(
        receiver: .control, claims: [], nacks: [], holdLimit: 0, snapshots: .running)
      let document = SyncRequestDocument(asking, bulk: request)
      let again = try SyncRequestDocument(body: document.body)
      #expect(again == document)
      #expect(again.request(of: .control, on: .control) { _ in nil }.snapshots == .running)
    }
    #expect(try BulkPushAnswer(body: BulkPushAnswer(bulk: nil).body).bulk == nil)
  }

  @Test("a peer that knows no snapshots is one that cannot take any") func skew() throws {
    let old = #"{"claims":[],"nacks":[],"wait_ms":0}"#
    #expect(try SyncRequestDocument(body: Array(old.utf8)).snapshots == .unable)
    let future = #"{"claims":[],"nacks":[],"wait_ms":0,"snapshots":"mirrored"}"#
    #expect(try SyncRequestDocument(body: Array(future.utf8)).snapshots == .unable)
    #expect(Negotiation.capabilities(offered: [.zlib]).contains(.snapshot) == false)
    #expect(Negotiation.capabilities(offered: [.zlib, .snapshot]).contains(.snapshot))
  }

  @Test("a chunk for another region, of another stream, altered anywhere or half is refused") func refusals() throws {
    let (bytes, type) = try message(try answer())
    #expect(throws: WireError.self) { try open(bytes, type, for: 8) }
    #expect(throws: WireError.self) { try open(bytes, type, from: try #require(SiloNumber(9))) }
    for index in bytes.indices {
      var altered = bytes
      altered[index] ^= 0x01
      #expect(throws: (any Error).self, "byte \(index)") { try open(altered, type) }
    }
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: (any Error).self, "\(length) bytes") { try open(Array(bytes[..<length]), type) }
    }
    let other = try SigningKey(purpose: .stream)
    let forged = try BulkReplyDocument(sealing: .answer(try answer()), key: other)
    #expect(throws: WireError.self) {
      try forged.open(key: known, stream: .control, audience: try #require(SiloNumber(7)))
    }
    #expect(throws: WireError.self) { try SealedBulk(sealing: try answer(), key: try SigningKey(purpose: .agent)) }
  }
}
