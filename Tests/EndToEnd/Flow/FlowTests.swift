import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("The whole flow by HTTP, control and two regions as processes", .serialized)
struct FlowTests {
  @Test("what a person makes in eu exists at control and in eu, and us holds nothing of it")
  func split() async throws {
    try await Islands.run { islands in
      try await Self.wholeFlow(islands)
      try await Self.ownWrites(islands)
      try await Self.expectNothing(in: try islands.region("us"), islands)
    }
  }

  @Test("the same flow runs with both silos in one process")
  func monolith() async throws {
    try await Islands.run(regions: ["eu"], monolith: true) {
      try await Self.wholeFlow($0)
      try await Self.ownWrites($0)
    }
  }

  /// Whoever carries the tokens of writes sees them at the other silo at the first attempt: nothing is asked twice.
  private static func ownWrites(_ islands: Islands) async throws {
    let ann = try await Person.signUp(islands, name: "Ann")
    let organization = try await ann.createOrganization(region: "eu")
    let region = try await ann.enter(organization)
    let path = "/api/0/organizations/\(organization.id)"
    for number in 0..<3 {
      let bob = try await Person.signUp(islands, name: "Bob\(number)")
      let invited = try await region.send(
        .POST, "\(path)/invitations/", ["email": .string(bob.email), "role": "member"])
      let accepted = try await bob.session.send(
        .POST, "/api/v1/invitations/accept", ["token": .string(try invited.reader.field("token").string())],
        headers: try carried(invited))
      #expect(accepted.status == 200, "control has applied the invitation")
      let view = try await bob.region(of: organization.id)
      let seen = try await view.send(.GET, "\(path)/members/", headers: try carried(accepted))
      #expect(seen.status == 200, "the region has made the member")
      let members = try seen.reader.field("items").array(maximum: 10)
      let membership = try #require(
        try members.first { try $0.field("user_id").string() == bob.id }?.field("id").string())
      let ended = try await region.send(.DELETE, "\(path)/members/\(membership)/")
      let left = try await bob.session.send(.GET, "/api/v1/organizations", headers: try carried(ended))
      #expect(left.status == 200)
      #expect(try left.reader.field("organizations").array(maximum: 9).isEmpty, "control has applied the end")
    }
    // Of a write that concerns no region, control tells it as well.
    let renamed = try await ann.session.send(.PATCH, "/api/v1/me", ["name": "Anna"])
    #expect(renamed.status < 300)
    #expect(try await region.send(.GET, "\(path)/", headers: try carried(renamed)).status == 200)
    // Of a slug that was given up, the region's own host goes on to know it.
    let moved = try await ann.session.send(
      .POST, "/api/v1/organizations/\(organization.id)/slug", ["slug": .string("new-\(organization.slug)")])
    let former = try await region.send(
      .GET, "/api/0/organizations/\(organization.slug)/", headers: try carried(moved))
    #expect(former.status == 200)
    #expect(try former.reader.field("slug").string() == "new-\(organization.slug)")
    let forged = [("atoll-sync-token", String(repeating: "A", count: 106))]
    #expect(try await region.send(.GET, "\(path)/", headers: forged).status == 400)
  }

  private static func carried(_ answer: JSONClient.Answer) throws -> [(String, String)] {
    [("atoll-sync-token", try #require(answer.headers.first(name: "atoll-sync-token")))]
  }

  private static func wholeFlow(_ islands: Islands) async throws {
    let ann = try await Person.signUp(islands, name: "Ann")
    let organization = try await ann.createOrganization(region: "eu")
    let region = try await ann.enter(organization)
    let slugs = try await Self.slugs(ann)
    #expect(slugs == [organization.slug])

    let bob = try await Person.signUp(islands, name: "Bob")
    try await Self.invite(bob, to: organization, by: region)
    let bobsView = try await bob.enter(organization)
    try await Self.expectRows(islands, organization, people: [ann.id, bob.id])

    let members = try await region.call(.GET, "/api/0/organizations/\(organization.id)/members/").field("items")
      .array(maximum: 10)
    let membership = try #require(
      try members.first { try $0.field("user_id").string() == bob.id }?.field("id").string())
    _ = try await region.call(.DELETE, "/api/0/organizations/\(organization.id)/members/\(membership)/")
    let refused = try await bobsView.send(.GET, "/api/0/organizations/\(organization.id)/")
    #expect([403, 404].contains(refused.status), "a removed member is refused at once by the region's own rows")
    try await eventually("bob's list is empty") { try await Self.slugs(bob).isEmpty }
    let eu = try islands.region("eu")
    try await eventually("bob has left eu with everything about him") {
      try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(bob.id)::uuid") == 0
    }

    _ = try await region.call(.PUT, "/api/0/organizations/\(organization.id)/", ["name": "Renamed"])
    try await eventually("control shows the new name") {
      try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.organization WHERE id = \(organization.id)::uuid AND name = 'Renamed'") == 1
    }
    _ = try await region.call(.DELETE, "/api/0/organizations/\(organization.id)/")
    try await eventually("ann's list is empty") { try await Self.slugs(ann).isEmpty }
  }

  private static func invite(_ person: Person, to organization: Person.Organization, by owner: JSONClient) async throws
  {
    let invitation = try await owner.call(
      .POST, "/api/0/organizations/\(organization.id)/invitations/",
      ["email": .string(person.email), "role": "member"])
    let token = try invitation.field("token").string()
    try await eventually("control knows the invitation and accepts it") {
      let answer = try await person.session.send(.POST, "/api/v1/invitations/accept", ["token": .string(token)])
      return (200..<300).contains(answer.status)
    }
  }

  private static func slugs(_ person: Person) async throws -> [String] {
    try await person.session.call(.GET, "/api/v1/organizations").field("organizations").array(maximum: 100)
      .map { try $0.field("slug").string() }
  }

  private static func expectRows(_ islands: Islands, _ organization: Person.Organization, people: [String]) async throws
  {
    let eu = try islands.region("eu")
    for person in people {
      let users = try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(person)::uuid")
      #expect(users == 1, "eu holds the row of \(person)")
      let memberships = try await islands.count(
        in: islands.control, "SELECT count(*) FROM directory.member WHERE user_id = \(person)::uuid")
      #expect(memberships == 1, "control holds the membership of \(person)")
    }
    let homes = try await islands.count(
      in: eu, "SELECT count(*) FROM replica.organization_home WHERE id = \(organization.id)::uuid")
    #expect(homes == 1)
  }

  private static func expectNothing(in region: SiloFolder, _ islands: Islands) async throws {
    for table in [
      "replica.\"user\"", "replica.user_status", "replica.organization_home", "replica.\"grant\"", "region.member",
    ] {
      let rows = try await islands.count(in: region, "SELECT count(*) FROM \(raw: table)")
      #expect(rows == 0, "\(table) of \(region.name) must be empty")
    }
  }
}
