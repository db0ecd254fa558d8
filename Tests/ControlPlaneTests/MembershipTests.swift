import ControlPlane
import FoundationEssentials
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite struct MembershipTests {
  @Test("accepting an invitation makes a grant, and the person's rows travel to that region only")
  func accept() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      _ = try await world.eu.pullAll()
      let invitation = try await world.invite("BOB@example.com", role: "admin")
      let accepted = try await world.accept(invitation.token, as: world.bob.token)
      #expect(accepted.status == 200)
      #expect(try accepted.text("organization", "id") == world.organization)
      #expect(try accepted.text("role") == "admin")
      #expect(try await world.accept(invitation.token, as: world.bob.token).bytes == accepted.bytes)
      let held = try await world.eu.pullAll()
      let grant = try #require(try await world.liveGrant(of: world.bob.id))
      let row = try #require(held[try OrganizationTests.reference(ReplicatedModels.grant, grant)])
      #expect(row.value("invitation_id") == invitation.id)
      #expect(row.value("user_id") == world.bob.id)
      #expect(held[try OrganizationTests.reference(ReplicatedModels.user, world.bob.id)]?.value("name") == "Bob")
      #expect(try await us.pullAll().values.allSatisfy { $0.row.kind != ReplicatedModels.user.kind })
    }
  }

  @Test("an invitation is refused to another address, when used, expired, revoked or unknown")
  func refusals() async throws {
    try await withControl { control in
      let world = try await World(control)
      let eve = try await control.person("eve@example.com", name: "Eve")
      let forBob = try await world.invite("bob@example.com")
      #expect(try await world.accept(forBob.token, as: eve.token).problem == "invitation-invalid")
      #expect(try await world.accept(TokenFormat.invitation.mint(), as: eve.token).problem == "invitation-invalid")
      #expect(try await world.accept("x", as: eve.token).problem == "invitation-invalid")
      #expect(try await world.accept(world.ada.token, as: eve.token).problem == "invitation-invalid")
      let old = try await world.invite("eve@example.com", expires: "2020-01-01T00:00:00Z")
      #expect(try await world.accept(old.token, as: eve.token).problem == "invitation-invalid")
      let own = try await world.invite("ada@example.com")
      #expect(try await world.accept(own.token, as: world.ada.token).problem == "already-member")
      #expect(try await control.post("/api/v1/invitations/accept", ["token": .string(forBob.token)]).status == 401)
    }
  }

  @Test("an invitation is used once, even after the membership it made has ended")
  func once() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      #expect(try await world.accept(invitation.token, as: world.bob.token).status == 200)
      let grant = try #require(try await world.liveGrant(of: world.bob.id))
      // The region could not honour it: a pointer without a row.
      #expect(try await world.eu.push([.init(ReplicatedModels.member, grant, nil)]).isEmpty)
      #expect(try await world.liveGrant(of: world.bob.id) == nil)
      #expect(try await world.accept(invitation.token, as: world.bob.token).problem == "invitation-invalid")
    }
  }

  @Test("two regions that report one invitation digest make it ambiguous, and it is refused")
  func ambiguous() async throws {
    try await withControl { control in
      let world = try await World(control)
      let token = TokenFormat.invitation.mint()
      _ = try await world.invite("bob@example.com", token: token)
      _ = try await world.invite("bob@example.com", token: token)
      #expect(try await world.accept(token, as: world.bob.token).problem == "invitation-invalid")
    }
  }

  @Test("ending a membership removes the person's rows from the region, and then the interest")
  func leaving() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      let grant = try #require(try await world.liveGrant(of: world.bob.id))
      _ = try await world.eu.pullAll()
      let member = RowImage.Draft(
        ReplicatedModels.member, grant,
        ["organization_id": world.organization, "user_id": world.bob.id, "role": "member"])
      #expect(try await world.eu.push([member]).isEmpty)
      #expect(try await world.eu.push([.init(ReplicatedModels.member, grant, nil)]).isEmpty)
      #expect(try await world.interests().contains("user \(world.bob.id) leaving"))
      let held = try await world.eu.pullAll()
      for model in [ReplicatedModels.user, ReplicatedModels.userStatus] {
        let image = try #require(held[try OrganizationTests.reference(model, world.bob.id)])
        #expect(image.fields == nil)
      }
      #expect(try #require(held[try OrganizationTests.reference(ReplicatedModels.grant, grant)]).fields == nil)
      _ = try await world.eu.pullAll()
      #expect(try await world.interests().allSatisfy { !$0.contains(world.bob.id) })
      #expect(try await world.interests().contains("user \(world.ada.id) active"))
      let mine = try await control.get("/api/v1/organizations", token: world.bob.token)
      #expect(try mine.json.field("organizations").array(maximum: 10).isEmpty)
    }
  }

  @Test("a person who has another organization in the region stays when one membership ends")
  func staysForAnother() async throws {
    try await withControl { control in
      let world = try await World(control)
      _ = try await World.organization("bobs", of: world.bob.token, at: world.eu, control)
      let invitation = try await world.invite("bob@example.com")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      let grant = try #require(try await world.liveGrant(of: world.bob.id))
      _ = try await world.eu.push([.init(ReplicatedModels.member, grant, nil)])
      #expect(try await world.interests().contains("user \(world.bob.id) active"))
    }
  }

  @Test("coming back before the exit is done keeps the person's rows")
  func reentry() async throws {
    try await withControl { control in
      let world = try await World(control)
      let first = try await world.invite("bob@example.com")
      _ = try await world.accept(first.token, as: world.bob.token)
      let grant = try #require(try await world.liveGrant(of: world.bob.id))
      _ = try await world.eu.pullAll()
      _ = try await world.eu.push([.init(ReplicatedModels.member, grant, nil)])
      let second = try await world.invite("bob@example.com")
      #expect(try await world.accept(second.token, as: world.bob.token).status == 200)
      #expect(try await world.interests().contains("user \(world.bob.id) active"))
      _ = try await world.eu.pullAll()
      let held = try await world.eu.pullAll()
      #expect(
        held[try OrganizationTests.reference(ReplicatedModels.user, world.bob.id)].map { $0.fields != nil } ?? true)
      #expect(try await world.interests().contains("user \(world.bob.id) active"))
    }
  }

  @Test("deleting an organization ends its grants, lets its slug rest, and empties the region of it")
  func deletion() async throws {
    try await withControl { control in
      let world = try await World(control)
      _ = try await world.eu.pullAll()
      let deleted = RowImage.Draft(
        ReplicatedModels.organization, world.organization, ["name": "acme", "status": "deleted", "generation": "1"])
      #expect(try await world.eu.push([deleted]).isEmpty)
      #expect(try await world.liveGrant(of: world.ada.id) == nil)
      let mine = try await control.get("/api/v1/organizations", token: world.ada.token)
      #expect(try mine.json.field("organizations").array(maximum: 10).isEmpty)
      let again = try await control.post(
        "/api/v1/organizations", token: world.bob.token, ["slug": "acme", "region": "eu"])
      #expect(again.problem == "slug-taken")
      let held = try await world.eu.pullAll()
      for reference in [
        try OrganizationTests.reference(ReplicatedModels.organizationHome, world.organization),
        try OrganizationTests.reference(ReplicatedModels.grant, world.grant),
        try OrganizationTests.reference(ReplicatedModels.user, world.ada.id),
      ] {
        #expect(try #require(held[reference], "\(reference)").fields == nil)
      }
      _ = try await world.eu.pullAll()
      #expect(try await world.interests().isEmpty)
    }
  }

  @Test(
    "the residency tier decides what of a person leaves control",
    arguments: [("full", true, true), ("name", true, false), ("minimal", false, false)])
  func tiers(tier: String, name: Bool, email: Bool) async throws {
    try await withControl { control in
      let region = try await FakeRegion.joined(control, "eu", [("residency_tier", .string(tier))])
      let ada = try await control.person("ada@example.com")
      _ = try await control.post("/api/v1/organizations", token: ada.token, ["slug": "acme", "region": "eu"])
      let held = try await region.pullAll()
      let row = try #require(held[try OrganizationTests.reference(ReplicatedModels.user, ada.id)])
      #expect((row.value("name") != nil) == name)
      #expect((row.value("email") != nil) == email)
    }
  }
}
