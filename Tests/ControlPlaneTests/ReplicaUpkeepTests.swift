import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("What control remembers of rows that regions removed")
struct ReplicaUpkeepTests {
  @Test("is forgotten once nothing older can come: not while a chunk is outstanding that was asked for before")
  func tombstones() async throws {
    try await withControl(asService: true) { control in
      let world = try await World(control)
      let eu = world.eu
      func tombstones() async throws -> Int64 {
        try await control.query("SELECT count(*) FROM outbox.tombstone").only().decode(Int64.self)
      }
      func team() async throws -> String {
        let id = control.environment.identifiers.uuid().uuidString.lowercased()
        let fields = ["organization_id": world.organization, "slug": "core", "name": "Core"]
        #expect(try await eu.push([.init(ReplicatedModels.team, id, fields)]).isEmpty)
        return id
      }
      let first = try await team()
      #expect(try await eu.push([.init(ReplicatedModels.team, first, nil)]).isEmpty)
      #expect(try await tombstones() == 1)
      try await control.server.upkeep.pass()
      #expect(try await tombstones() == 0)

      let second = try await team()
      try await control.environment.database.client.execute(
        """
        INSERT INTO outbox.bulk_request (id, stream, lane, epoch, position, kind)
        SELECT repeat('1', 32), c.stream, c.lane, c.epoch, c.position, 'team' FROM outbox.cursor AS c
        WHERE c.stream = \(Int16(eu.silo.value)) AND c.lane = 'main'
        """)
      #expect(try await eu.push([.init(ReplicatedModels.team, second, nil)]).isEmpty)
      try await control.server.upkeep.pass()
      #expect(try await tombstones() == 1, "the chunk may hold the row as it was before")
      try await control.environment.database.client.execute(
        "UPDATE outbox.bulk_request SET made = made - make_interval(hours => 2)")
      try await control.server.upkeep.pass()
      #expect(try await tombstones() == 0, "its answer would be refused")
    }
  }
}
