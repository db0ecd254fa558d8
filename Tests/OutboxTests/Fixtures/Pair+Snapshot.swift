import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import Testing

extension Pair {
  func bulkSender(limits: SnapshotLimits = SnapshotLimits()) -> BulkSender {
    BulkSender(client: source, stream: .control, registry: sources, limits: limits, logger: logger)
  }

  /// An applier that takes snapshots; chunks travel sealed.
  func snapshotter(
    _ sender: Sender, _ bulk: BulkSender, pace: ReceiverPace = ReceiverPace(hold: 0, fresh: 1_000_000),
    chunks: SnapshotPace = SnapshotPace(),
    onTheWay: @escaping @Sendable (BulkRequest, BulkReply) async throws -> BulkReply = { $1 }
  ) throws -> Applier {
    let key = try SigningKey(purpose: .stream)
    let known = KnownKey(key: key.verificationKey, purpose: .stream)
    let region = region
    return Applier(
      client: replica, stream: .control, audience: region, registry: sinks, pace: pace, snapshotPace: chunks,
      logger: logger,
      bulk: { request, _ in
        let answer = BulkCallAnswer(
          reply: try BulkReplyDocument(sealing: try await bulk.answer(request, for: region), key: key))
        let (bytes, type) = try answer.body(compressed: false)
        let reply = try BulkCallAnswer(body: bytes, contentType: type.rawValue).reply
          .open(key: { _ in known }, stream: .control, audience: region)
        return try await onTheWay(request, reply)
      },
      exchange: { request, _ in try await sender.answer(request) })
  }

  /// Writes `count` rows with random keys at the source, in one statement.
  func fill(_ count: Int64) async throws {
    try await source.execute(
      "INSERT INTO app.item (id, name, n) SELECT gen_random_uuid(), 'row ' || g, g FROM generate_series(1, \(count)) AS g"
    )
  }

  /// Sequences, streams and takes what snapshots there are until nothing is new.
  func settleBySnapshot(_ chunks: SnapshotPace = SnapshotPace()) async throws {
    try await sequencer().catchUp()
    try await snapshotter(sender(), bulkSender(), chunks: chunks).catchUp()
  }

  /// A digest of each side: equal when every row and column is.
  func digests() async throws -> (source: String?, replica: String?) {
    let digest: SQL = "SELECT count(*) || md5(string_agg(concat_ws('|', id, name, n), ',' ORDER BY id)) FROM"
    return (
      try await source.query("\(digest) app.item").only().decode(String?.self),
      try await replica.query("\(digest) replica.item").only().decode(String?.self)
    )
  }
}
