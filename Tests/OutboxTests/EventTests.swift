@testable import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Events carry their payload until they are acknowledged")
struct EventTests {
  private static let sources = KindRegistry(sources: [EventSource()])
  private static let sinks = KindRegistry(sinks: [EventSink()])

  /// Sequences and delivers until nothing is new.
  ///
  /// - Parameter byChunks: whether the receiver takes snapshots; without, it is started over by pointers.
  private static func settle(_ pair: Pair, byChunks: Bool = true) async throws {
    let sequencer = Sequencer(
      client: pair.source, registry: sources, doorbell: pair.doorbell, head: pair.head, logger: pair.logger)
    @Sendable func sequence() async throws {
      // The connection of the run before is idle in the pool.
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await sequencer.catchUp()
    }
    try await sequence()
    let sender = Sender(
      client: pair.source, stream: .control, registry: sources, doorbell: pair.doorbell, head: pair.head,
      limits: SenderLimits(hold: 0), logger: pair.logger)
    let bulk = BulkSender(client: pair.source, stream: .control, registry: sources, logger: pair.logger)
    let region = pair.region
    var exchange: Applier.BulkExchange?
    if byChunks { exchange = { request, _ in try await bulk.answer(request, for: region) } }
    let applier = Applier(
      client: pair.replica, stream: .control, audience: region, registry: sinks,
      pace: ReceiverPace(hold: 0, fresh: 1_000_000), logger: pair.logger,
      bulk: exchange
    ) { request, _ in
      let answer = try await sender.answer(request)
      if case .resynchronize = answer.body { try await sequence() }
      return answer
    }
    try await applier.catchUp()
  }

  private static func emit(_ topic: String, _ pair: Pair, to receiver: SiloNumber? = nil) async throws -> Int64 {
    try await pair.source.withTransaction { connection in
      try await EventSource.emit(topic, payload: JSONB("{\"n\": 1}"), to: receiver ?? pair.region, on: connection)
    }
  }

  private static func inbox(_ pair: Pair) async throws -> [String] {
    try await pair.replica.query("SELECT topic FROM outbox.inbox ORDER BY id").decode(String.self)
  }

  /// Until the mark of what arrived has arrived as well, and what it stands for is deleted.
  private static func rest(_ pair: Pair, byChunks: Bool = true) async throws {
    for _ in 0..<4 { try await settle(pair, byChunks: byChunks) }
  }

  /// Events that their source keeps.
  private static func kept(_ pair: Pair) async throws -> [String] {
    try await pair.source.query("SELECT topic FROM outbox.event WHERE topic <> 'outbox.mark' ORDER BY id").decode(
      String.self)
  }

  private static func remembered(_ pair: Pair) async throws -> [Int64] {
    try await pair.replica.query("SELECT id FROM outbox.inbox_seen ORDER BY id").decode(Int64.self)
  }

  @Test("an event arrives once in the inbox, also after it was handled, and is forgotten when acknowledged")
  func once() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      _ = try await Self.emit("audit.login", pair)
      try await Self.settle(pair)
      #expect(try await Self.inbox(pair) == ["audit.login"])
      try await pair.replica.execute("DELETE FROM outbox.inbox")
      let other = try #require(SiloNumber(8))
      _ = try await Self.emit("audit.other", pair, to: other)
      try await Self.rest(pair)
      #expect(try await Self.inbox(pair).isEmpty)
      #expect(try await Self.kept(pair) == ["audit.other"], "whom nobody acknowledged it for")
    }
  }

  @Test("events that wait for a receiver when it begins, or is started over, arrive", arguments: [true, false])
  func startingOver(byChunks: Bool) async throws {
    try await Pair.with { pair in
      _ = try await Self.emit("first", pair)
      try await Self.settle(pair, byChunks: byChunks)
      #expect(try await Self.inbox(pair) == ["first"])
      // The receiver lost its place before the source heard that the second had arrived.
      _ = try await Self.emit("second", pair)
      try await Self.settle(pair, byChunks: byChunks)
      let again = try await Self.emit("third", pair)
      try await pair.replica.execute("DELETE FROM outbox.cursor")
      try await pair.replica.execute("DELETE FROM outbox.inbox")
      try await Self.settle(pair, byChunks: byChunks)
      #expect(try await Self.inbox(pair) == ["third"])
      #expect(try await Self.remembered(pair).contains(again))
      try await Self.rest(pair, byChunks: byChunks)
      #expect(try await Self.kept(pair).isEmpty, "acknowledged in the end")
      #expect(try await Self.inbox(pair) == ["third"], "nobody is told of a loss that was none")
    }
  }

  @Test("an id is never given twice: not by a sequence that was restored, not within a transaction, and ids rise")
  func identity() async throws {
    try await Pair.with { pair in
      var ids: [Int64] = []
      for _ in 0..<20 { ids.append(try await Self.emit("one", pair)) }
      // Another database that was made in the same way stands for one that was restored: nothing of both is equal.
      try await pair.replica.withTransaction { connection in
        for _ in 0..<20 {
          ids.append(try await EventSource.emit("two", payload: JSONB("{}"), to: pair.region, on: connection))
        }
      }
      #expect(Set(ids).count == ids.count)
      #expect(ids == ids.sorted())
      #expect(ids.allSatisfy { $0 > 0 })
    }
  }

  @Test("an event of a source that was restored, and has forgotten what it sent, is new")
  func restored() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      let lost = try await Self.emit("lost", pair)
      try await Self.settle(pair)
      // As if the source came back from a backup from before: nothing of the event is there, and a sequence would begin again.
      try await pair.source.execute("DELETE FROM outbox.event")
      try await pair.source.execute("DELETE FROM outbox.event_forgotten")
      let next = try await Self.emit("next", pair)
      try await Self.settle(pair)
      #expect(lost != next)
      #expect(try await Self.inbox(pair) == ["lost", "next"])
    }
  }

  @Test("an id is forgotten 90 days after it came last: of a stream that is applied, whose event was handled")
  func forgetting() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      let id = try await Self.emit("one", pair)
      try await Self.settle(pair)
      let storage = ReceiverStorage(client: pair.replica, registry: Self.sinks)
      func age(days: Int32) async throws {
        try await pair.replica.execute(
          "UPDATE outbox.inbox_seen SET seen = clock_timestamp() - make_interval(days => \(days))")
      }
      func remembers(_ why: Comment) async throws {
        try await storage.collectTombstones(stream: .control)
        #expect(try await Self.remembered(pair) == [id], why)
      }
      try await age(days: 91)
      try await remembers("nobody handled it yet")
      try await pair.replica.execute("DELETE FROM outbox.inbox")
      try await age(days: 89)
      try await remembers("it may still come from a backup")
      try await age(days: 91)
      try await pair.replica.execute("UPDATE outbox.cursor SET applied = applied - make_interval(days => 30)")
      try await remembers("the source may not have heard that it arrived")
      try await pair.replica.execute(
        "UPDATE outbox.cursor SET applied = clock_timestamp(), resync_epoch = epoch, resync_bound = position")
      try await remembers("all comes again that the source still keeps")
      try await pair.replica.execute("UPDATE outbox.cursor SET resync_epoch = NULL, resync_bound = NULL")
      // Another stream's cursor says nothing of this one's.
      let other = try #require(SiloNumber(3))
      try await storage.collectTombstones(stream: other)
      #expect(try await Self.remembered(pair) == [id])
      try await storage.collectTombstones(stream: .control)
      #expect(try await Self.remembered(pair).isEmpty)
    }
  }

  @Test("an event that comes again does not arrive again, and its id is remembered from then on")
  func again() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      let id = try await Self.emit("one", pair)
      try await Self.settle(pair)
      try await pair.replica.execute("DELETE FROM outbox.inbox")
      try await pair.replica.execute("UPDATE outbox.inbox_seen SET seen = seen - make_interval(days => 91)")
      let row = RowReference(kind: EventSource.kind, key: try #require(RowKey(String(id))))
      let image = RowImage(
        row: row, version: RowVersion(generation: 0, epoch: 1, head: try #require(Position(9))),
        fields: [.init(name: "payload", value: "{}"), .init(name: "topic", value: "one")])
      let context = ApplyContext(
        stream: .control, lane: .main, epoch: try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32))))
      let refused = try await pair.replica.withTransaction { connection in
        try await EventSink().apply([image], context: context, on: connection)
      }
      #expect(refused.isEmpty)
      #expect(try await Self.inbox(pair).isEmpty)
      let isFresh = try await pair.replica.query(
        "SELECT seen > clock_timestamp() - make_interval(days => 1) FROM outbox.inbox_seen")
      #expect(try isFresh.decode(Bool.self) == [true])
    }
  }

  /// The receiver comes back from a backup that had arrived ids, and its inbox is as it was then.
  private static func restore(_ pair: Pair, to ids: [Int64]) async throws {
    try await pair.replica.execute("DELETE FROM outbox.inbox WHERE id <> ALL(\(ids))")
    try await pair.replica.execute("DELETE FROM outbox.inbox_seen WHERE id <> ALL(\(ids))")
  }

  @Test("a receiver that lost events which their source forgot is told so with the next one, once, and nobody else is")
  func lostByARestore() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      _ = try await Self.emit("first", pair)
      try await Self.rest(pair)
      let backup = try await Self.remembered(pair)
      _ = try await Self.emit("second", pair)
      try await Self.rest(pair)
      #expect(try await Self.kept(pair).isEmpty)
      #expect(try await Self.inbox(pair) == ["first", "second"], "nothing was lost")
      try await Self.restore(pair, to: backup)
      let third = try await Self.emit("third", pair)
      try await Self.settle(pair)
      let lost = try await pair.replica.query(
        "SELECT (payload->>'from')::int8, (payload->>'to')::int8 FROM outbox.inbox WHERE topic = 'events_lost'"
      ).only().decode((Int64, Int64).self)
      #expect(lost.0 == backup.last && lost.0 < lost.1 && lost.1 < third)
      try await Self.rest(pair)
      _ = try await Self.emit("fourth", pair)
      try await Self.settle(pair)
      #expect(try await Self.inbox(pair) == ["first", "events_lost", "third", "fourth"])
      // A database that knows nothing at all is told by its first snapshot.
      try await Self.rest(pair)
      try await pair.replica.execute("DELETE FROM outbox.cursor")
      try await Self.restore(pair, to: [])
      try await Self.settle(pair)
      let from = try await pair.replica.query("SELECT payload->>'from' FROM outbox.inbox WHERE topic = 'events_lost'")
      #expect(try from.decode(String?.self) == [nil])
    }
  }

  @Test("an event that was emitted before another and committed after it is missed as well")
  func lostBetweenTwo() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      try await pair.source.withTransaction { connection in
        _ = try await EventSource.emit("early", payload: JSONB("{}"), to: pair.region, on: connection)
        _ = try await Self.emit("late", pair)
        try await Self.rest(pair)
      }
      #expect(try await Self.inbox(pair) == ["late"])
      let backup = try await Self.remembered(pair)
      try await Self.rest(pair)
      #expect(try await Self.inbox(pair) == ["early", "late"])
      #expect(try await Self.kept(pair).isEmpty)
      // The backup knows the event with the greater id.
      try await Self.restore(pair, to: backup)
      _ = try await Self.emit("next", pair)
      try await Self.settle(pair)
      #expect(Set(try await Self.inbox(pair)) == ["late", "events_lost", "next"])
    }
  }

  @Test("an event is kept until its mark has arrived: a receiver that is restored to before it gets it again")
  func keptForItsMark() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      _ = try await Self.emit("one", pair)
      try await Self.settle(pair)
      #expect(try await Self.inbox(pair) == ["one"])
      #expect(try await Self.kept(pair) == ["one"], "its mark has no position yet")
      try await pair.replica.execute("DELETE FROM outbox.cursor")
      try await Self.restore(pair, to: [])
      try await Self.rest(pair)
      #expect(try await Self.inbox(pair) == ["one"])
      #expect(try await Self.kept(pair).isEmpty)
    }
  }

  @Test("a mark that came while its stream was started over proves nothing until the stream is whole")
  func provisionalMark() async throws {
    try await Pair.with { pair in
      try await Self.settle(pair)
      let context = ApplyContext(
        stream: .control, lane: .main, epoch: try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32))))
      func take(_ id: Int64, _ topic: String, forgotten: Int64? = nil) async throws {
        let image = RowImage(
          row: RowReference(kind: EventSource.kind, key: try #require(RowKey(String(id)))),
          version: RowVersion(generation: 0, epoch: 1, head: try #require(Position(9))),
          fields: [
            .init(name: "forgotten", value: forgotten.map(String.init)), .init(name: "payload", value: "{}"),
            .init(name: "topic", value: topic),
          ])
        let refused = try await pair.replica.withTransaction { connection in
          try await EventSink().apply([image], context: context, on: connection)
        }
        #expect(refused.isEmpty)
      }
      for _ in 0..<2 {
        try await pair.replica.execute("UPDATE outbox.cursor SET resync_epoch = epoch, resync_bound = position")
        try await take(500, "outbox.mark")
        try await pair.replica.execute("UPDATE outbox.cursor SET resync_epoch = NULL, resync_bound = NULL")
        try await take(501, "whole", forgotten: 500)
      }
      #expect(try await Self.inbox(pair) == ["whole"])
      try await pair.replica.execute("UPDATE outbox.cursor SET resync_epoch = epoch, resync_bound = position")
      try await take(600, "outbox.mark")
      try await take(601, "next", forgotten: 600)
      try await take(602, "another", forgotten: 600)
      #expect(try await Self.inbox(pair) == ["whole", "events_lost", "next", "another"])
    }
  }

  @Test("a topic of the library's own is refused: a receiver would take it for a mark")
  func ownTopics() async throws {
    try await Pair.with { pair in
      do {
        _ = try await Self.emit("outbox.mark", pair)
        Issue.record("taken")
      } catch let error as PostgresError {
        #expect(error.sqlState == .checkViolation)
      }
      #expect(try await Self.kept(pair).isEmpty)
    }
  }

  @Test("shedding a queue tells the receiver which events it lost")
  func lost() async throws {
    try await Pair.with { pair in
      let region = pair.region
      let (ids, shed) = try await pair.source.withTransaction { connection in
        var ids: [Int64] = []
        for _ in 0..<5 {
          ids.append(try await EventSource.emit("audit.login", payload: JSONB("{}"), to: region, on: connection))
        }
        return (ids, try await EventSource.shed(beyond: 2, of: region, on: connection))
      }
      #expect(shed == 3)
      let events = try await pair.source.query("SELECT topic, payload::text FROM outbox.event ORDER BY id")
      #expect(try events.decode((String, String).self).last?.0 == "events_lost")
      #expect(
        try events.decode((String, String).self).last?.1 == "{\"to\": \(ids[2]), \"from\": \(ids[0])}")
    }
  }
}
