@testable import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

@Suite("Epochs")
struct EpochTests {
  @Test("a dump from another cluster, whose transaction ids are far ahead, is sequenced all the same")
  func anotherCluster() async throws {
    try await Pair.with { pair in
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'before')")
      try await pair.settle()
      // As a dump says it that was loaded elsewhere: done up to a transaction that is years away here, one of them under way.
      try await pair.source.execute("UPDATE outbox.epoch SET system_identifier = 1")
      try await pair.source.execute(
        """
        UPDATE outbox.sequencer SET done = '900000000:900000000:', complete_snapshot = NULL, backend_pid = NULL,
          cut = '900000000:900000000:', cut_progress = 1, candidate_sequence = 1, candidate_transaction = '900000000'
        """)
      try await pair.source.execute("INSERT INTO outbox.carry (transaction, after) VALUES ('900000001', 1)")
      try await pair.source.execute("UPDATE outbox.pending SET xid = '900000002'")
      try await pair.source.execute("INSERT INTO app.item (id, name) VALUES (gen_random_uuid(), 'after')")
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.source.count == 2)
      #expect(contents.source == contents.replica)
      let epoch = try #require(try await current(pair))
      #expect(epoch.ordinal == 2 && epoch.parent == 1 && epoch.cause == .system)
    }
  }

  @Test(
    "each difference has its cause",
    arguments: [("database_oid = 1", EpochCause.database), ("timeline = \'00000000\'", .timeline)])
  func causes(change: String, cause: EpochCause) async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      try await pair.source.execute("UPDATE outbox.epoch SET \(raw: change)")
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      let isForeign = try await pair.source.query("SELECT \(EpochStore.isForeign)").only().decode(Bool.self)
      #expect(isForeign)
      try await pair.sequencer().catchUp()
      #expect(try await current(pair)?.cause == cause)
      let isStillForeign = try await pair.source.query("SELECT \(EpochStore.isForeign)").only().decode(Bool.self)
      #expect(!isStillForeign)
    }
  }

  @Test("a bump begins the next epoch once, however often it is repeated")
  func bump() async throws {
    try await Pair.with { pair in
      try await pair.sequencer().catchUp()
      for _ in 0..<3 {
        let epoch = try await pair.source.withTransaction { try await EpochStore.bump(from: 1, on: $0) }
        #expect(epoch?.ordinal == 2 && epoch?.cause == .operator)
      }
      let last = try await pair.source.withTransaction { try await EpochStore.bump(from: 2, on: $0) }
      #expect(last?.ordinal == 3 && last?.parent == 2)
      try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
      try await pair.source.execute("UPDATE outbox.sequencer SET backend_pid = NULL")
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.source == contents.replica)
    }
  }

  private func current(_ pair: Pair) async throws -> EpochStore.Description? {
    try await pair.source.withConnection { try await EpochStore.current(on: $0) }
  }
}
