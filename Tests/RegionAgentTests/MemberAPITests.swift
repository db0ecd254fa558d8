import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Members")
struct MemberAPITests {
  private let base = "/api/0/organizations/acme/members"

  @Test("are listed page by page, without anything but what is known here")
  func lists() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      for _ in 0..<3 { _ = try await region.member(of: id, role: .member) }
      let token = try region.token(owner, id)
      let first = try await region.call(.get, base + "?limit=3", token: token)
      #expect(first.items.count == 3)
      let second = try await region.call(.get, base + "?limit=3&after=\(try first.text("next"))", token: token)
      #expect(second.items.count == 1)
      #expect(second["next"] == .null)
      for query in ["limit=0", "limit=101", "limit=x", "after=x"] {
        #expect(try await region.call(.get, base + "?" + query, token: token).status == 400)
      }
    }
  }

  @Test("leave by themselves, are removed by admins, and owners by owners only")
  func removes() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let member = try await region.member(of: id, role: .member)
      let other = try await region.member(of: id, role: .member)
      let memberToken = try region.token(member.user, id)
      let adminToken = try region.token(admin.user, id)
      #expect(try await region.call(.delete, "\(base)/\(other.id)", token: memberToken).status == 403)
      #expect(try await region.call(.delete, "\(base)/\(grant)", token: adminToken).status == 403)
      #expect(try await region.call(.delete, "\(base)/\(GrantID.new())", token: adminToken).status == 404)
      #expect(try await region.call(.delete, "\(base)/nobody", token: adminToken).status == 404)
      #expect(try await region.call(.delete, "\(base)/\(member.id)", token: memberToken).status == 204)
      #expect(try await region.call(.delete, "\(base)/\(other.id)", token: adminToken).status == 204)
      #expect(try await region.call(.delete, "\(base)/\(admin.id)", token: try region.token(owner, id)).status == 204)
      #expect(try await region.count("region.member") == 1)
    }
  }

  @Test("keep a last owner, who neither leaves nor steps down, also when two try at once")
  func lastOwner() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      let token = try region.token(owner, id)
      #expect(try await region.call(.delete, "\(base)/\(grant)", token: token).problem == "last-owner")
      let demotion = try await region.call(.put, "\(base)/\(grant)", token: token, body: ["role": "member"])
      #expect(demotion.problem == "last-owner")
      let second = try await region.member(of: id, role: .owner)
      let secondToken = try region.token(second.user, id)
      async let one = region.call(.delete, "\(base)/\(grant)", token: token)
      async let two = region.call(.delete, "\(base)/\(second.id)", token: secondToken)
      let statuses = [try await one.status, try await two.status].sorted()
      #expect(statuses == [204, 409])
      #expect(try await region.count("region.member", where: "role = 'owner'") == 1)
    }
  }

  @Test("get roles up to the giver's own")
  func roles() async throws {
    try await RegionFixture.with { region in
      let (id, owner, grant) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let member = try await region.member(of: id, role: .member)
      let adminToken = try region.token(admin.user, id)
      let path = "\(base)/\(member.id)"
      let byMember = try await region.call(
        .put, path, token: try region.token(member.user, id), body: ["role": "admin"])
      #expect(byMember.status == 403)
      #expect(try await region.call(.put, path, token: adminToken, body: ["role": "owner"]).status == 403)
      #expect(
        try await region.call(.put, "\(base)/\(grant)", token: adminToken, body: ["role": "member"]).status == 403)
      #expect(try await region.call(.put, path, token: adminToken, body: ["role": "king"]).status == 400)
      #expect(try await region.call(.put, path, token: adminToken, body: ["role": "admin"]).status == 200)
      let promoted = try await region.call(.put, path, token: try region.token(owner, id), body: ["role": "owner"])
      #expect(promoted["role"] == "owner")
    }
  }
}
