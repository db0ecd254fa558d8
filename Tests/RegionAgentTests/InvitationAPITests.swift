import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@testable import RegionAgent

@Suite("Invitations")
struct InvitationAPITests {
  private let base = "/api/0/organizations/acme/invitations"

  @Test("show their token once and store only its digest")
  func once() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let token = try region.token(owner, id)
      let made = try await region.call(
        .post, base, token: token, body: ["email": " Bob@Example.ORG ", "role": "member"])
      #expect(made.status == 201)
      #expect(made["email"] == "bob@example.org")
      let secret = try made.text("token")
      #expect(TokenFormat.invitation.recognizes(secret))
      let digest = TokenFormat.digest(of: secret)
      #expect(try await region.count("region.invitation", where: "token_digest = \(digest)") == 1)
      let dump = try await region.client.query("SELECT i::text FROM region.invitation AS i").only().decode(String.self)
      #expect(!dump.contains(secret))
      let listed = try await region.call(.get, base, token: token)
      #expect(listed.items.count == 1)
      #expect(!String(decoding: JSONWriter.write(listed.json), as: UTF8.self).contains("atli_"))
    }
  }

  @Test("are refused to members, above one's own role, twice for an address and to what is no address")
  func refusals() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let member = try await region.member(of: id, role: .member)
      let memberToken = try region.token(member.user, id)
      let adminToken = try region.token(admin.user, id)
      let bob: JSONValue = ["email": "bob@example.org", "role": "member"]
      #expect(try await region.call(.post, base, token: memberToken, body: bob).status == 403)
      #expect(try await region.call(.get, base, token: memberToken).status == 403)
      let owners: JSONValue = ["email": "bob@example.org", "role": "owner"]
      #expect(try await region.call(.post, base, token: adminToken, body: owners).status == 403)
      #expect(try await region.call(.post, base, token: adminToken, body: bob).status == 201)
      let again: JSONValue = ["email": "BOB@example.org", "role": "admin"]
      #expect(try await region.call(.post, base, token: adminToken, body: again).problem == "already-invited")
      for email in ["", "bob", "a@b", "a b@example.org", "a@example.org\r\nx", String(repeating: "a", count: 300)] {
        let body: JSONValue = ["email": .string(email), "role": "member"]
        #expect(try await region.call(.post, base, token: adminToken, body: body).status == 400)
      }
      var limits = OrganizationLimits()
      limits.pendingInvitations = 1
      let more: JSONValue = ["email": "c@example.org", "role": "member"]
      let full = try await region.call(.post, base, token: try region.token(owner, id), body: more, limits: limits)
      #expect(full.problem == "too-many")
    }
  }

  @Test("are revoked by those who may invite to that role, and not after they were accepted")
  func revokes() async throws {
    try await RegionFixture.with { region in
      let (id, owner, _) = try await region.organization()
      let admin = try await region.member(of: id, role: .admin)
      let member = try await region.member(of: id, role: .member)
      let ownerToken = try region.token(owner, id)
      let adminToken = try region.token(admin.user, id)
      let body: JSONValue = ["email": "bob@example.org", "role": "owner"]
      let path = base + "/" + (try await region.call(.post, base, token: ownerToken, body: body).text("id"))
      #expect(try await region.call(.delete, path, token: try region.token(member.user, id)).status == 403)
      #expect(try await region.call(.delete, path, token: adminToken).status == 403)
      #expect(try await region.call(.delete, base + "/\(InvitationID.new())", token: adminToken).status == 404)
      #expect(try await region.call(.delete, path, token: ownerToken).status == 204)
      #expect(try await region.count("region.invitation", where: "state = 'revoked'") == 1)
      try await region.client.execute("UPDATE region.invitation SET state = 'accepted'")
      #expect(try await region.call(.delete, path, token: ownerToken).problem == "invitation-accepted")
      // Another organization's invitation is not there.
      let (other, stranger, _) = try await region.organization(slug: "other")
      let foreign = path.split(separator: "/").last.map(String.init) ?? ""
      let answer = try await region.call(
        .delete, "/api/0/organizations/other/invitations/\(foreign)", token: try region.token(stranger, other))
      #expect(answer.status == 404)
    }
  }
}
