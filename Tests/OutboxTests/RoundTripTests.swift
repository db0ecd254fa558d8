import FoundationEssentials
import Outbox
import Postgres
import SyncProtocol
import Testing

@Suite("One change travels")
struct RoundTripTests {
  @Test("a committed insert, update and delete arrive, and nothing else does")
  func insertUpdateDelete() async throws {
    try await Pair.with { pair in
      try await pair.settle()
      let kept = UUID()
      let gone = UUID()
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) VALUES (\(kept), 'one', 1), (\(gone), 'two', 2)")
      try await pair.settle()
      var contents = try await pair.contents()
      #expect(contents.source == contents.replica)
      #expect(contents.replica.count == 2)
      try await pair.source.execute("UPDATE app.item SET n = 5 WHERE id = \(kept)")
      try await pair.source.execute("DELETE FROM app.item WHERE id = \(gone)")
      try await pair.settle()
      contents = try await pair.contents()
      #expect(contents.source == contents.replica)
      #expect(contents.replica == ["\(kept.uuidString.lowercased())|one|5"])
    }
  }

  @Test("a receiver without a cursor gets everything that was there before, as stream")
  func bootstrap() async throws {
    try await Pair.with { pair in
      try await pair.source.execute(
        "INSERT INTO app.item (id, name, n) SELECT gen_random_uuid(), 'row ' || g, g FROM generate_series(1, 2500) AS g"
      )
      try await pair.settle()
      let contents = try await pair.contents()
      #expect(contents.replica.count == 2500)
      #expect(contents.source == contents.replica)
    }
  }
}
