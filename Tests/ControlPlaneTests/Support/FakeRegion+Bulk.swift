import HTTPTypes
import Silo
import SyncProtocol
import Testing

extension FakeRegion {
  // MARK: Down

  /// Asks control for rows beside its stream.
  func bulk(
    _ request: BulkRequest, session other: String? = nil, counter: Int64? = nil, key: SigningKey? = nil,
    alter: @Sendable (inout [UInt8]) -> Void = { _ in }
  ) async throws -> Answer {
    var body = BulkCall(session: other ?? session, counter: counter ?? nextCounter(), request: request).body
    alter(&body)
    return try await call(SyncPath.bulk, body, key: key)
  }

  /// What an answer says, if its seal is control's and for `audience`.
  func opened(_ answer: Answer, audience: SiloNumber? = nil) async throws -> BulkAnswer {
    try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
    let manifest = try await manifest()
    let reply = try BulkCallAnswer(body: answer.bytes, contentType: answer.headers[.contentType] ?? "").reply
      .open(key: { manifest.key($0) }, stream: .control, audience: audience ?? silo)
    guard case .answer(let opened) = reply else { throw SyncProblem(.retryLater, "no rows") }
    return opened
  }

  // MARK: Up

  /// Starts this region's stream over at a position; what control asks for beside it first.
  func startOver(at position: Position) async throws -> BulkRequest? {
    let epoch = try #require(Self.epoch)
    let start = Resynchronization(
      start: Cursor(epoch: epoch, position: position, chain: .origin), token: nil, reason: .firstContact)
    let answer = try await push(SyncAnswer(body: .resynchronize(start), held: 0, age: 0))
    let pushed = try PushAnswer(body: answer.bytes)
    #expect(pushed.fault == nil)
    return pushed.request.bulk
  }

  /// Brings rows that control asked for, or that it did not.
  func bring(
    _ answer: BulkAnswer, seal: SigningKey? = nil, alter: @Sendable (inout [UInt8]) -> Void = { _ in }
  ) async throws -> Answer {
    let push = BulkPush(
      session: session, counter: nextCounter(),
      reply: try BulkReplyDocument(sealing: .answer(answer), key: seal ?? stream))
    var (body, contentType) = try push.body(compressed: false)
    alter(&body)
    return try await call(SyncPath.bulkPush, body, contentType: contentType)
  }
}

extension BulkAnswer {
  /// An answer to `request`, good unless something is said otherwise.
  static func to(
    _ request: BulkRequest, of stream: SiloNumber, _ drafts: [RowImage.Draft] = [], head: Int64, id: String? = nil,
    kind other: Kind? = nil, after: RowKey? = nil, through: RowKey? = nil, epoch: Epoch? = FakeRegion.epoch
  ) throws -> BulkAnswer {
    guard case .chunk(let kind, let start) = request.wanted else { throw SyncProblem(.badMessage, "no chunk") }
    let epoch = try #require(epoch)
    let position = try #require(Position(head))
    return BulkAnswer(
      id: id ?? request.id, stream: stream, audience: .control, epoch: epoch, head: position, isExact: true,
      chunk: ChunkRange(other ?? kind, keys: KeyRange(after: after ?? start, through: through)),
      rows: drafts.map { $0.image(epoch: epoch.ordinal, head: position) }.sorted { $0.row < $1.row })
  }
}
