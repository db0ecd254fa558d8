import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

/// People, organizations and revocations around a backup of control's database, and what must be true once control runs on that backup.
struct RestoreScene {
  let islands: Islands
  let eu: SiloFolder
  /// Owner of both organizations.
  let ann: Person
  /// Suspended after the backup.
  let carl: Person
  /// Removed from `kept` after the backup.
  let dora: Person
  /// Deletes her account after the backup.
  let eve: Person
  let kept: Person.Organization
  let doras: Person.Organization

  struct Lost {
    /// Made after the backup by somebody whom the backup knows.
    let later: Person.Organization
    /// Signed up after the backup.
    let bob: Person
    let bobs: Person.Organization
  }

  static func prepare(_ islands: Islands) async throws -> RestoreScene {
    let ann = try await Person.signUp(islands, name: "Ann")
    let carl = try await Person.signUp(islands, name: "Carl")
    let dora = try await Person.signUp(islands, name: "Dora")
    let eve = try await Person.signUp(islands, name: "Eve")
    let kept = try await ann.createOrganization(region: "eu")
    let owner = try await ann.enter(kept)
    for person in [carl, dora, eve] { try await invite(person, to: kept, by: owner) }
    let doras = try await dora.createOrganization(region: "eu")
    for (person, organization) in [(carl, kept), (dora, kept), (eve, kept), (dora, doras)] {
      _ = try await person.enter(organization)
    }
    return RestoreScene(
      islands: islands, eu: try islands.region("eu"), ann: ann, carl: carl, dora: dora, eve: eve, kept: kept,
      doras: doras)
  }

  /// Everything that the backup will not know.
  func goOn() async throws -> Lost {
    let later = try await ann.createOrganization(region: "eu")
    _ = try await ann.enter(later)
    let bob = try await Person.signUp(islands, name: "Bob")
    let bobs = try await bob.createOrganization(region: "eu")
    _ = try await bob.enter(bobs)
    _ = try await operators.call(
      .POST, "/api/v1/operator/users/\(carl.id)/status", ["status": "suspended"])
    _ = try await eve.session.call(.POST, "/api/v1/me/delete", ["password": .string(Person.password)])
    let owner = try await ann.enter(kept)
    let members = try await owner.call(.GET, "/api/0/organizations/\(kept.id)/members/").field("items")
    let doraMember = try #require(
      try members.array(maximum: 10).first { try $0.field("user_id").string() == dora.id }?.field("id").string())
    _ = try await owner.call(.DELETE, "/api/0/organizations/\(kept.id)/members/\(doraMember)/")
    let dorasOwner = try await dora.enter(doras)
    _ = try await dorasOwner.call(.DELETE, "/api/0/organizations/\(doras.id)/")
    try await eventually("eu knows that carl is suspended, control that dora's organization ended") {
      let suspended = try await islands.count(
        in: eu, "SELECT count(*) FROM replica.user_status WHERE id = \(carl.id)::uuid AND status = 'suspended'")
      let ended = try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.organization_home WHERE id = \(doras.id)::uuid AND state = 'deleting'")
      let gone = try await islands.count(
        in: islands.control,
        "SELECT count(*) FROM directory.\"grant\" WHERE user_id = \(dora.id)::uuid AND state = 'live'")
      let deleted = try await islands.count(
        in: eu, "SELECT count(*) FROM replica.user_status WHERE id = \(eve.id)::uuid AND status = 'deleted'")
      return suspended == 1 && ended == 1 && gone == 0 && deleted == 1
    }
    try await eventually("eu has dora's organization no more") {
      try await islands.count(in: eu, "SELECT count(*) FROM region.organization WHERE id = \(doras.id)::uuid") == 0
    }
    return Lost(later: later, bob: bob, bobs: bobs)
  }

  var operators: JSONClient {
    get throws {
      JSONClient(
        base: islands.layout.url(of: islands.control),
        token: try SecretFile(path: islands.control.operatorToken).text(maximumBytes: 1024))
    }
  }

  /// `normal`, `verifying` or `reconciling`.
  func phase() async throws -> String {
    try await operators.call(.GET, "/api/v1/operator/reconcile").field("state").string()
  }

  /// Control runs on the backup: regions have returned what they hold, and nothing was granted twice and nothing revoked came back.
  func expectReconciled(_ lost: Lost, cause: String, epoch: Int64 = 2) async throws {
    let started = ContinuousClock.now
    try await eventually("control has reconciled") {
      let document = try await operators.call(.GET, "/api/v1/operator/reconcile")
      // Before the log's new life has begun the state is normal as well.
      guard try document.field("state").string() == "normal", try document.field("cause").string() == cause,
        try document.field("epoch").integer(in: 0...1000) >= epoch
      else { return false }
      return try document.field("regions").array(maximum: 10).allSatisfy { region in
        try region.field("standing").string() == "returned"
      }
    }
    let reconciled = ContinuousClock.now
    let control = islands.control
    let old = try await ann.session.send(.GET, "/api/v1/me")
    #expect(old.status == 401, "sessions from before ended")
    let ann = try await ann.loggedInAgain()
    let slugs = try await islands.count(
      in: control,
      "SELECT count(*) FROM directory.slug WHERE slug = \(lost.later.slug) AND organization_id = \(lost.later.id)::uuid"
    )
    #expect(slugs == 1, "the slug granted after the backup is its organization's again")
    let stolen = try await ann.session.send(
      .POST, "/api/v1/organizations", ["slug": .string(lost.later.slug), "name": "Again", "region": "eu"])
    #expect(stolen.status == 409, "no slug is granted twice")
    _ = try await ann.enter(lost.later)
    _ = try await ann.enter(kept)

    let login = try await JSONClient(base: islands.layout.url(of: control)).send(
      .POST, "/api/v1/login", ["email": .string(carl.email), "password": .string(Person.password)])
    #expect(login.status == 401, "who was suspended after the backup stays suspended")
    let erased = try await islands.count(
      in: control,
      """
      SELECT count(*) FROM control."user" u JOIN control.user_status s ON s.id = u.id
      WHERE u.id = \(eve.id)::uuid AND s.status = 'deleted' AND u.name = 'deleted'
      """)
    #expect(erased == 1, "an account that was deleted after the backup is deleted again")
    try await eventually("dora is a member of nothing: not where she was removed, not where the organization ended") {
      let grants = try await islands.count(
        in: control, "SELECT count(*) FROM directory.\"grant\" WHERE user_id = \(dora.id)::uuid AND state = 'live'")
      let members = try await islands.count(
        in: eu, "SELECT count(*) FROM region.member WHERE user_id = \(dora.id)::uuid")
      let homes = try await islands.count(
        in: control,
        "SELECT count(*) FROM directory.organization_home WHERE id = \(doras.id)::uuid AND state <> 'deleting'")
      return grants == 0 && members == 0 && homes == 0
    }
    // Who signed up after the backup is gone with it; the organization keeps its slug and waits for an operator.
    let parked = try await operators.call(.GET, "/api/v1/operator/reconcile").field("parked").array(maximum: 100)
    #expect(try parked.contains { try $0.field("code").string() == "USER_UNKNOWN" })
    let bobs = try await islands.count(
      in: control, "SELECT count(*) FROM directory.slug WHERE slug = \(lost.bobs.slug) AND state = 'current'")
    #expect(bobs == 1)
    try await eventually("eu holds nothing about bob, whom the restored control does not know") {
      try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(lost.bob.id)::uuid") == 0
    }
    try await expectWorking(ann)
    let toReconcile = started.duration(to: reconciled)
    let toConverge = reconciled.duration(to: .now)
    print("restore (\(cause)): reconciled after \(toReconcile), converged \(toConverge) later")
    #expect(toConverge < .seconds(60))
  }

  /// A new organization goes through, and both sides hold the same grants and homes.
  func expectWorking(_ ann: Person) async throws {
    let next = try await eventually("control grants again") { try await ann.requestOrganization(region: "eu") }
    try await ann.waitUntilDone(next)
    _ = try await ann.enter(next)
    try await eventually("eu holds exactly the live grants and homes of control") { try await Self.agree(islands, eu) }
  }

  static func agree(_ islands: Islands, _ region: SiloFolder) async throws -> Bool {
    func lines(_ folder: SiloFolder, _ query: SQL) async throws -> [String] {
      try await islands.withDatabase(of: folder) { try await $0.query(query).decode(String.self) }
    }
    let granted = try await lines(
      islands.control,
      "SELECT concat_ws(' ', id, user_id, role) FROM directory.\"grant\" WHERE state = 'live' ORDER BY 1")
    let held = try await lines(region, "SELECT concat_ws(' ', id, user_id, role) FROM replica.\"grant\" ORDER BY 1")
    let members = try await lines(region, "SELECT id::text FROM region.member ORDER BY 1")
    let mapped = try await lines(islands.control, "SELECT id::text FROM directory.member ORDER BY 1")
    let homes = try await lines(
      islands.control,
      "SELECT concat_ws(' ', id, slug, generation, revision) FROM directory.organization_home WHERE state <> 'deleting' ORDER BY 1"
    )
    let heldHomes = try await lines(
      region, "SELECT concat_ws(' ', id, slug, generation, revision) FROM replica.organization_home ORDER BY 1")
    return granted == held && homes == heldHomes && members == mapped
  }

  static func invite(_ person: Person, to organization: Person.Organization, by owner: JSONClient) async throws {
    let invitation = try await owner.call(
      .POST, "/api/0/organizations/\(organization.id)/invitations/",
      ["email": .string(person.email), "role": "member"])
    let token = try invitation.field("token").string()
    try await eventually("control knows the invitation and accepts it") {
      let answer = try await person.session.send(.POST, "/api/v1/invitations/accept", ["token": .string(token)])
      return (200..<300).contains(answer.status)
    }
  }
}

extension Person {
  static let password = "correct horse battery staple"

  /// The same person with a new session.
  func loggedInAgain() async throws -> Person {
    let control = JSONClient(base: islands.layout.url(of: islands.control))
    let login = try await eventually("\(email) can log in") {
      try await control.call(
        .POST, "/api/v1/login", ["email": .string(email), "password": .string(Self.password)])
    }
    let session = JSONClient(base: control.base, token: try login.field("session_token").string())
    return Person(id: id, email: email, session: session, islands: islands)
  }
}

extension Islands {
  /// Stops a silo's process and database for the time of `body`, which may exchange the data directory.
  func offline(_ folder: SiloFolder, _ body: (_ postgres: String) async throws -> Void) async throws {
    await archipelago.process(of: folder)?.stop()
    await archipelago.server(of: folder)?.stop()
    try await body(folder.postgres)
    try await archipelago.startDatabase(folder)
    try await archipelago.start(folder)
  }

  /// The running server of a silo.
  func server(of folder: SiloFolder) throws -> EmbeddedServer {
    guard let server = archipelago.server(of: folder) else { throw MissingRegion(name: folder.name) }
    return server
  }
}
