import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("API tokens that ended")
struct EndedTokenTests {
  private static func insert(_ id: String, expires: Int64, _ region: RegionFixture) async throws {
    try await region.client.execute(
      """
      INSERT INTO replica.api_token (id, organization_id, user_id, digest, scopes, expires, _generation, _epoch, _head)
      VALUES (\(id)::text::uuid, gen_random_uuid(), gen_random_uuid(), \(id), 'project:read', \(expires), 0, 1, 1)
      """)
  }

  private static func ended(_ region: RegionFixture) async throws -> [String] {
    var pages = ReceiptPages(database: region.database, limit: 1)
    var ended: [String] = []
    while let page = try await pages.next() { ended += page.ended.map(\.text) }
    return ended
  }

  @Test("are told to a restored control until they would have expired, unless they came again")
  func ended() async throws {
    try await RegionFixture.with { region in
      let ids = (1...4).map { "00000000-0000-0000-0000-00000000000\($0)" }
      for id in ids { try await Self.insert(id, expires: id == ids[2] ? 1_000_000_000 : 4_000_000_000, region) }
      #expect(try await Self.ended(region).isEmpty)
      try await region.client.withTransaction { connection in
        try await connection.execute("SET LOCAL ROLE atoll_region_service")
        try await connection.execute("DELETE FROM replica.api_token WHERE id::text <> \(ids[3])")
      }
      #expect(try await Self.ended(region) == [ids[0], ids[1]])
      try await Self.insert(ids[1], expires: 4_000_000_000, region)
      #expect(try await Self.ended(region) == [ids[0]])
      // Nobody needs to know any more.
      try await region.client.execute("UPDATE region.ended_api_token SET expires = 1000000000")
      try await region.client.execute("DELETE FROM replica.api_token WHERE id::text = \(ids[3])")
      #expect(try await Self.ended(region) == [ids[3]])
    }
  }
}
