import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Proofs of cursors")
struct CursorProofsTests {
  private let key: SigningKey
  private let epoch: Epoch

  init() throws {
    key = try SigningKey(purpose: .stream)
    epoch = try #require(Epoch(ordinal: 1, id: String(repeating: "a", count: 32)))
  }

  private func envelope(_ from: Int64, _ to: Int64) throws -> BatchEnvelope {
    let batch = Batch(
      stream: .control, audience: try #require(SiloNumber(7)), lane: .main, epoch: epoch,
      from: try #require(Position(from)), to: try #require(Position(to)), chainBefore: try chain(from),
      chainAfter: try chain(to), consistentAt: nil, head: try #require(Position(to)), completeAsOf: 0,
      completeSnapshot: .empty, rows: [])
    return try SealedBatch(sealing: batch, key: key).envelope
  }

  private func chain(_ position: Int64) throws -> ChainHash {
    try #require(ChainHash(bytes: [UInt8](repeating: UInt8(position), count: 32)))
  }

  private func claim(_ position: Int64) throws -> CursorClaim {
    CursorClaim(
      lane: .main,
      cursor: Cursor(epoch: epoch, position: try #require(Position(position)), chain: try chain(position)),
      seen: .zero, isProven: false)
  }

  private func plan(_ from: Int64, _ to: Int64) throws -> ApplyPlan {
    func state(_ position: Int64) throws -> LaneState {
      LaneState(
        cursor: Cursor(epoch: epoch, position: try #require(Position(position)), chain: try chain(position)),
        seen: .zero)
    }
    return ApplyPlan(
      stream: .control, lane: .main, expected: try state(from), next: try state(to), rows: [], sweep: nil)
  }

  /// Applies nothing but the proof, in a transaction that may fail.
  private func apply(
    _ from: Int64, _ to: Int64, with proofs: CursorProofs, _ region: RegionFixture, fails: Bool = false
  )
    async throws
  {
    struct Failed: Error {}
    proofs.note(try envelope(from, to))
    do {
      try await region.database.withTransaction { connection in
        try await proofs.record(plan(from, to), on: connection)
        if fails { throw Failed() }
      }
    } catch is Failed {}
  }

  @Test("move with the cursor, so that the cursor has one whichever way a crash decides")
  func crash() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      for (from, to) in [(1, 2), (2, 3), (3, 4)] as [(Int64, Int64)] { try await apply(from, to, with: proofs, region) }
      try await apply(4, 5, with: proofs, region, fails: true)
      // In memory both: nobody may know whether the last one committed.
      for position in [4, 5] as [Int64] {
        let found = try await proofs.matching([claim(position)])
        #expect(found[.main]?.to.value == position)
      }
      let restarted = CursorProofs(database: region.database)
      #expect(try await restarted.matching([claim(4)])[.main]?.to.value == 4)
      #expect(try await restarted.matching([claim(3), claim(5)]).isEmpty)
      #expect(try await region.count("region.cursor_proof") == 1)
    }
  }

  @Test("survive failures of the same batch, and a batch of another length after them")
  func retries() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      try await apply(1, 2, with: proofs, region)
      for next in [3, 3, 5, 4] as [Int64] { try await apply(2, next, with: proofs, region, fails: true) }
      #expect(try await proofs.matching([claim(2)])[.main]?.to.value == 2)
      try await apply(2, 4, with: proofs, region)
      #expect(try await proofs.matching([claim(4)])[.main]?.to.value == 4)
    }
  }

  @Test("of an interval without entries stand where there was none, and change nothing where there was one")
  func emptyInterval() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      try await apply(3, 3, with: proofs, region)
      #expect(try await region.count("region.cursor_proof") == 1)
      try await region.database.withConnection {
        _ = try await $0.execute("UPDATE region.cursor_proof SET envelope = ''")
      }
      try await apply(3, 3, with: proofs, region)
      let unchanged = try await region.database.withConnection {
        try await $0.query("SELECT envelope FROM region.cursor_proof").only().decode(String.self)
      }
      #expect(unchanged.isEmpty)
    }
  }

  @Test("of another batch than the one that is applied are not taken")
  func otherBatch() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      proofs.note(try envelope(1, 2))
      try await region.database.withTransaction { try await proofs.record(plan(1, 3), on: $0) }
      #expect(try await region.count("region.cursor_proof") == 0)
    }
  }
}
