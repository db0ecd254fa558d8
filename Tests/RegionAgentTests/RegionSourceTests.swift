import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("What the region sends")
struct RegionSourceTests {
  private func source(_ kind: Kind) throws -> any KindSource { try #require(RegionKinds.registry.sources[kind]) }

  @Test("are the fields of the shared models, at the organization's generation")
  func rows() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      try await region.client.execute("UPDATE region.organization SET generation = 7")
      _ = try await region.call(
        .post, "/api/0/organizations/acme/invitations", token: try region.token(owner, id),
        body: ["email": "b@example.org", "role": "member"])
      for model in ReplicatedModels.toControl {
        let source = try source(model.kind)
        try await region.client.withConnection { connection in
          let keys = try await source.entitled(.control, after: nil, limit: 10, on: connection)
          let rows = try await source.read(keys, for: .control, on: connection)
          #expect(rows.count == keys.count)
          for row in rows.values {
            #expect(row.generation == 7)
            #expect(row.fields?.map(\.name) == model.fields.map(\.name).sorted())
          }
        }
      }
      let key = try #require(RowKey(grant.description))
      let member = try await region.client.withConnection {
        try await source(ReplicatedModels.member.kind).read([key], for: .control, on: $0)
      }
      #expect(member[key]?.fields?.first { $0.name == "user_id" }?.value == owner.description)
    }
  }

  @Test("removes carry the highest generation the region ever had, and other silos get nothing")
  func removes() async throws {
    try await RegionFixture.with { region in
      let (id, _, grant) = try await region.organization()
      try await region.client.execute("UPDATE region.organization SET generation = 7")
      try await region.database.withTransaction { connection in
        try await OrganizationStore.delete(id, on: connection)
        try await OrganizationStore.purge(id, on: connection)
      }
      let key = try #require(RowKey(grant.description))
      let source = try source(ReplicatedModels.member.kind)
      try await region.client.withConnection { connection in
        let rows = try await source.read([key], for: .control, on: connection)
        #expect(rows == [key: SourceRow(generation: 7, fields: nil)])
        let other = try #require(SiloNumber(3))
        #expect(try await source.read([key], for: other, on: connection).isEmpty)
        #expect(try await source.entitled(other, after: nil, limit: 10, on: connection).isEmpty)
      }
    }
  }

  @Test("name ended memberships again when control starts over, because their grants still live")
  func startsOver() async throws {
    try await RegionFixture.with { region in
      let (_, _, grant) = try await region.organization()
      try await region.client.execute("DELETE FROM region.member")
      let source = try source(ReplicatedModels.member.kind)
      let keys = try await region.client.withConnection {
        try await source.entitled(.control, after: nil, limit: 10, on: $0)
      }
      #expect(keys.map(\.text) == [grant.description])
    }
  }
}
