import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("Events carry their payload until they are acknowledged")
struct EventTests {
  @Test("an event arrives once in the inbox, also after it was handled, and is forgotten when acknowledged")
  func once() async throws {
    try await Pair.with { pair in
      let sources = KindRegistry(sources: [EventSource()])
      let sinks = KindRegistry(sinks: [EventSink()])
      func settle() async throws {
        let sequencer = Sequencer(
          client: pair.source, registry: sources, doorbell: pair.doorbell, head: pair.head, logger: pair.logger)
        let sender = Sender(
          client: pair.source, stream: .control, registry: sources, doorbell: pair.doorbell, head: pair.head,
          limits: SenderLimits(hold: 0), logger: pair.logger)
        try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
        try await sequencer.catchUp()
        let applier = Applier(
          client: pair.replica, stream: .control, audience: pair.region, registry: sinks,
          pace: ReceiverPace(hold: 0, fresh: 1_000_000), logger: pair.logger
        ) { request, _ in
          let answer = try await sender.answer(request)
          if case .resynchronize = answer.body {
            try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
            try await sequencer.catchUp()
          }
          return answer
        }
        try await applier.catchUp()
      }
      try await settle()
      let region = pair.region
      try await pair.source.withTransaction { connection in
        try await EventSource.emit("audit.login", payload: JSONB("{\"n\": 1}"), to: region, on: connection)
      }
      try await settle()
      let inbox: SQL = "SELECT topic FROM outbox.inbox"
      #expect(try await pair.replica.query(inbox).decode(String.self) == ["audit.login"])
      try await pair.replica.execute("DELETE FROM outbox.inbox")
      let other = try #require(SiloNumber(8))
      try await pair.source.withTransaction { connection in
        try await EventSource.emit("audit.other", payload: JSONB("{}"), to: other, on: connection)
      }
      try await settle()
      #expect(try await pair.replica.query(inbox).count == 0)
    }
  }

  @Test("shedding a queue tells the receiver which events it lost")
  func lost() async throws {
    try await Pair.with { pair in
      let region = pair.region
      try await pair.source.withTransaction { connection in
        for _ in 0..<5 {
          try await EventSource.emit("audit.login", payload: JSONB("{}"), to: region, on: connection)
        }
        let shed = try await EventSource.shed(beyond: 2, of: region, on: connection)
        #expect(shed == 3)
      }
      let events = try await pair.source.query("SELECT topic, payload::text FROM outbox.event ORDER BY id")
      #expect(try events.decode((String, String).self).last?.0 == "events_lost")
      #expect(try events.decode((String, String).self).last?.1 == "{\"to\": 3, \"from\": 1}")
    }
  }
}
