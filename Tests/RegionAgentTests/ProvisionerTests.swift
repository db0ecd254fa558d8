import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("The provisioner")
struct ProvisionerTests {
  @Test("makes an organization with its owner from home and grant, whichever comes first, once")
  func creates() async throws {
    try await RegionFixture.with { region in
      let (id, _, grant) = try await region.organization()
      #expect(try await region.count("region.organization") == 1)
      #expect(try await region.count("region.member", where: "id = \(grant.uuid) AND role = 'owner'") == 1)
      #expect(try await region.pointers("organization") == [id.uuid])
      try await region.provisioner.rescan()
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.member") == 1)
      #expect(try await region.pointers("member") == [grant.uuid])
    }
  }

  @Test("finds by a full scan what no hint names")
  func rescans() async throws {
    try await RegionFixture.with { region in
      let id = OrganizationID.new()
      let grant = try await region.receiveGrant(organization: id, user: .new())
      try await region.receiveHome(id, creator: grant)
      try await region.client.execute("DELETE FROM region.provision_task")
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.organization") == 0)
      try await region.provisioner.rescan()
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.organization") == 1)
    }
  }

  @Test("makes a member from a grant with an invitation and closes the invitation")
  func invites() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let invitation = try await invite(region, id, owner)
      let grant = try await region.receiveGrant(organization: id, user: .new(), role: "member", invitation: invitation)
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.member", where: "id = \(grant.uuid) AND role = 'member'") == 1)
      #expect(try await region.count("region.invitation", where: "state = 'accepted'") == 1)
    }
  }

  @Test("answers a grant it cannot honour with a pointer without a row, once")
  func refuses() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let invitation = try await invite(region, id, owner)
      try await region.client.execute("UPDATE region.invitation SET state = 'revoked'")
      let grant = try await region.receiveGrant(organization: id, user: .new(), role: "member", invitation: invitation)
      for _ in 0..<2 {
        #expect(try await region.provisioner.drain() == 0)
        try await region.provisioner.rescan()
      }
      #expect(try await region.count("region.member", where: "id = \(grant.uuid)") == 0)
      #expect(try await region.pointers("member").filter { $0 == grant.uuid }.count == 1)
      #expect(try await region.count("region.grant_decision", where: "reason = 'invitation_closed'") == 1)
    }
  }

  @Test("does not bring back a member who left while the grant still lives")
  func staysAway() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let invitation = try await invite(region, id, owner)
      let grant = try await region.receiveGrant(organization: id, user: .new(), role: "member", invitation: invitation)
      #expect(try await region.provisioner.drain() == 0)
      try await region.client.execute("DELETE FROM region.member WHERE id = \(grant.uuid)")
      try await region.client.execute(#"UPDATE replica."grant" SET _head = 9"#)
      try await region.provisioner.rescan()
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.member", where: "id = \(grant.uuid)") == 0)
    }
  }

  @Test("ends the membership when control has ended the grant, and forgets the decision")
  func ends() async throws {
    try await RegionFixture.with { region in
      let (_, _, grant) = try await region.organization()
      try await region.removeGrant(grant)
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.member") == 0)
      #expect(try await region.count("region.grant_decision") == 0)
    }
  }

  @Test("follows a risen home generation and never a fallen one")
  func follows() async throws {
    try await RegionFixture.with { region in
      let (id, _, grant) = try await region.organization()
      for generation in [4, 2] as [Int64] {
        try await region.receiveHome(id, creator: grant, generation: generation, state: "active")
        #expect(try await region.provisioner.drain() == 0)
        #expect(try await region.count("region.organization", where: "generation = 4") == 1)
      }
    }
  }

  @Test("removes a deleted organization's row when control has removed the home, and no other's")
  func purges() async throws {
    try await RegionFixture.with { region in
      let (id, _, _) = try await region.organization()
      let (other, _, _) = try await region.organization(slug: "other")
      try await region.database.withTransaction { try await OrganizationStore.delete(id, on: $0) }
      try await region.client.execute("DELETE FROM replica.organization_home")
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.organization", where: "id = \(other.uuid)") == 1)
      #expect(try await region.count("region.organization") == 1)
    }
  }

  @Test("goes on with other tasks when one fails, and tries that one again")
  func isolates() async throws {
    try await RegionFixture.with { region in
      // A name that the region's table refuses: trouble with a row, not with the database.
      let bad = OrganizationID.new()
      let grant = try await region.receiveGrant(organization: bad, user: .new())
      try await region.receiveHome(bad, slug: "bad", creator: grant)
      try await region.client.execute("UPDATE replica.organization_home SET name = ''")
      let good = OrganizationID.new()
      let second = try await region.receiveGrant(organization: good, user: .new())
      try await region.receiveHome(good, slug: "good", creator: second)
      #expect(try await region.provisioner.drain() > 0)
      #expect(try await region.count("region.organization", where: "id = \(good.uuid)") == 1)
      try await region.client.execute("UPDATE replica.organization_home SET name = 'Mended' WHERE name = ''")
      #expect(try await region.provisioner.drain() == 0)
      #expect(try await region.count("region.organization", where: "id = \(bad.uuid)") == 1)
    }
  }

  private func invite(_ region: RegionFixture, _ id: OrganizationID, _ owner: UserID) async throws -> InvitationID {
    let token = try region.token(owner, id)
    let answer = try await region.call(
      .post, "/api/0/organizations/acme/invitations/", token: token, body: ["email": "b@example.org", "role": "member"])
    return try #require(InvitationID(try answer.text("id")))
  }
}
