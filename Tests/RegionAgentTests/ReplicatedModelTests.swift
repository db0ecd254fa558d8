import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

/// What a newcomer who adds a replicated model must not forget in the region; see CONTRIBUTING.md.
@Suite("Every replicated model")
struct ReplicatedModelTests {
  private func columns(_ schema: String, _ table: String, _ region: RegionFixture) async throws -> [String: String] {
    let rows = try await region.client.query(
      """
      SELECT column_name::text, udt_name::text FROM information_schema.columns
      WHERE table_schema = \(schema) AND table_name = \(table)
      """)
    return Dictionary(uniqueKeysWithValues: try rows.decode((String, String).self))
  }

  @Test("that comes to regions has a replica table with its columns and versions, declared as written by apply")
  func replicas() async throws {
    try await RegionFixture.with { region in
      for model in ReplicatedModels.toRegion {
        let name = model.kind.name
        let columns = try await columns("replica", name, region)
        #expect(columns[model.keyColumn] == model.keyType.rawValue, "replica.\(name) lacks its key \(model.keyColumn)")
        for field in model.fields {
          #expect(columns[field.name] == field.type, "replica.\(name).\(field.name) must be of type \(field.type)")
        }
        for version in ["_generation", "_epoch", "_head"] {
          #expect(columns[version] != nil, "replica.\(name) lacks the version column \(version)")
        }
        #expect(
          try await region.count("outbox.replica", where: "kind = \(name)") == 1,
          "migrations/region must call outbox.declare_replica for \(name)")
        #expect(RegionKinds.registry.sinks[model.kind] != nil, "RegionKinds has no sink for \(name)")
      }
    }
  }

  @Test("that leaves regions has a table of its own that is captured, and is not the application's to append")
  func sources() async throws {
    try await RegionFixture.with { region in
      for model in ReplicatedModels.toControl {
        let name = model.kind.name
        let columns = try await columns("region", name, region)
        for field in [model.keyColumn] + model.fields.map(\.name) {
          #expect(columns[field] != nil, "region.\(name) lacks the column \(field)")
        }
        let triggers = try await region.count(
          "pg_trigger", where: "tgname = 'atoll_capture' AND tgrelid = to_regclass(\("region.\(name)"))")
        #expect(triggers == 1, "migrations/region must call outbox.capture for region.\(name)")
        let own = try await region.count(
          "outbox.kind", where: "name = \(name) AND lane = \(model.lane.rawValue) AND NOT application")
        #expect(own == 1, "outbox.declare_kind of \(name) differs from its model")
        #expect(RegionKinds.registry.sources[model.kind] != nil, "RegionKinds has no source for \(name)")
      }
    }
  }
}
