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

  @Test("are kept before a batch is applied, so that the cursor has one whichever way a crash decides")
  func crash() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      for (from, to) in [(1, 2), (2, 3), (3, 4)] as [(Int64, Int64)] { try await proofs.keep(envelope(from, to)) }
      let restarted = CursorProofs(database: region.database)
      for position in [3, 4] as [Int64] {
        let found = try await restarted.matching([claim(position)])
        #expect(found[.main]?.to.value == position)
      }
      #expect(try await restarted.matching([claim(2)]).isEmpty)
      #expect(try await region.count("region.cursor_proof") == 2)
    }
  }

  @Test("of an interval that does not continue stand alone")
  func gap() async throws {
    try await RegionFixture.with { region in
      let proofs = CursorProofs(database: region.database)
      try await proofs.keep(envelope(1, 2))
      try await proofs.keep(envelope(8, 9))
      #expect(try await proofs.matching([claim(2)]).isEmpty)
      #expect(try await proofs.matching([claim(9)]).count == 1)
    }
  }
}
