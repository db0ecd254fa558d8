import ControlPlane
import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// A control that was restored to before Ann's organization, and a region that has its receipts.
struct LostOrganization {
  let control: ControlFixture
  let eu: FakeRegion
  let receipts: [ReceiptDocument]
  let organization: String
  let slug = "acme"
  let session: String

  static func with(
    cause: EpochCause = .witness, _ body: @Sendable @escaping (LostOrganization) async throws -> Void
  ) async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let ann = try await control.person("ann@example.com")
      let made = try await control.post(
        "/api/v1/organizations", token: ann.token, ["slug": "acme", "region": "eu"])
      #expect(made.status == 202)
      let held = try await eu.pullAll()
      let receipts = held.values.filter { image in
        image.fields?.contains { $0.name == "receipt" && $0.value != nil } ?? false
      }.map { ReceiptDocument(kind: $0.row.kind, key: $0.row.key, fields: $0.fields ?? []) }
      try await lose(control, cause: cause)
      try await body(
        LostOrganization(
          control: control, eu: eu, receipts: receipts, organization: try made.text("organization", "id"),
          session: ann.token))
    }
  }

  /// The database as it was before the organization; the log too.
  private static func lose(_ control: ControlFixture, cause: EpochCause) async throws {
    for table in ["operation", "\"grant\"", "slug", "interest", "organization_home"] {
      _ = try await control.query("DELETE FROM directory.\(raw: table)")
    }
    try await loseLog(control, cause: cause)
  }

  /// The log of before everything, in a new epoch.
  static func loseLog(_ control: ControlFixture, cause: EpochCause) async throws {
    _ = try await control.query("TRUNCATE outbox.segment")
    _ = try await control.query(
      "UPDATE outbox.sequencer SET head = 0, pruned = 0, chain = decode(repeat('00', 32), 'hex'), backend_pid = NULL")
    try await control.environment.database.client.withTransaction { connection in
      _ = try await EpochStore.start(atLeast: 2, cause: cause, isForced: true, on: connection)
    }
  }

  func phase() async throws -> String {
    try await control.get("/api/v1/operator/reconcile", token: control.operatorToken).text("state")
  }

  /// Pulls once: the body, and the name under which receipts are wanted.
  func pull() async throws -> (SyncAnswer.Body, String?) {
    let answer = try await eu.pullRaw()
    try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
    let message = try PullAnswer(body: answer.bytes, contentType: answer.headers[.contentType] ?? "")
    let manifest = try await eu.manifest()
    let opened = try message.answer.open(key: { manifest.key($0) }, stream: .control, audience: eu.silo)
    return (opened.body, message.reconcile)
  }

  func give(
    _ receipts: [ReceiptDocument], ended: [String] = [], name: String, isComplete: Bool = true
  ) async throws -> ReceiptsAnswer {
    let request = ReceiptsRequest(
      session: eu.session, counter: eu.nextCounter(), reconcile: name, receipts: receipts,
      ended: ended.compactMap { RowKey($0) }, isComplete: isComplete)
    let answer = try await eu.call(SyncPath.receipts, request.body)
    try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
    return try ReceiptsAnswer(body: answer.bytes)
  }

  func count(_ query: SQL) async throws -> Int64 { try await control.query(query).only().decode(Int64.self) }
}

@Suite struct ReconcileTests {
  @Test("a region is asked for its receipts before it is started over, and they bring back slug, home and membership")
  func receiptsReturn() async throws {
    try await LostOrganization.with { lost in
      #expect(try await lost.phase() == "reconciling")
      #expect(lost.receipts.count >= 3, "home, grant and descriptor carry seals")
      #expect(try await lost.control.get("/api/v1/me", token: lost.session).status == 401)
      let ann = try await lost.control.post(
        "/api/v1/login", ["email": "ann@example.com", "password": .string(ControlFixture.password)]
      ).text("session_token")
      let refused = try await lost.control.post(
        "/api/v1/organizations", token: ann, ["slug": "acme", "region": "eu"])
      #expect(refused.status == 503 && refused.problem == "reconciling")
      #expect(refused.headers[.retryAfter] != nil)
      #expect(try refused.text("detail").contains("eu"))

      let (body, name) = try await lost.pull()
      guard case .retry = body else { return #expect(Bool(false), "started over before its receipts: \(body)") }
      let merged = try await lost.give(lost.receipts, name: try #require(name))
      #expect(merged.merged >= 2)
      #expect(merged.parked == 0)
      #expect(try await lost.phase() == "normal")
      #expect(
        try await lost.count("SELECT count(*) FROM directory.slug WHERE slug = 'acme' AND state = 'current'") == 1)
      #expect(try await lost.count("SELECT count(*) FROM directory.\"grant\" WHERE state = 'live'") == 1)
      #expect(try await lost.count("SELECT count(*) FROM directory.interest WHERE state = 'active'") == 2)
      let taken = try await lost.control.post("/api/v1/organizations", token: ann, ["slug": "acme", "region": "eu"])
      #expect(taken.status == 409)
      guard case .resynchronize = try await lost.pull().0 else {
        return #expect(Bool(false), "a cursor of another history is started over in the end")
      }
    }
  }

  @Test("an account that was deleted after the backup is deleted again by the last word that its region keeps")
  func deletedAgain() async throws {
    try await withControl { control in
      let world = try await World(control)
      let invitation = try await world.invite("bob@example.com")
      _ = try await world.accept(invitation.token, as: world.bob.token)
      _ = try await world.eu.pullAll()
      let right: JSONValue = ["password": .string(ControlFixture.password)]
      // What a restore brings back.
      let tables = ["\"user\"", "user_status", "password"]
      for table in tables {
        _ = try await control.query(
          "CREATE TABLE public.\(raw: "b_" + table.filter { $0 != "\"" }) AS TABLE control.\(raw: table)")
      }
      #expect(try await control.post("/api/v1/me/delete", token: world.bob.token, right).status == 204)
      let held = try await world.eu.pullAll()
      let reference = try OrganizationTests.reference(ReplicatedModels.userStatus, world.bob.id)
      let last = try #require(held[reference])
      #expect(last.value("status") == "deleted" && last.value("receipt") != nil)
      #expect(last.fields?.allSatisfy { $0.value?.contains("bob") != true } == true, "it names nobody")
      let person = try #require(held[try OrganizationTests.reference(ReplicatedModels.user, world.bob.id)])
      #expect(person.fields == nil)
      let stranger = try await FakeRegion.joined(control, "us")
      #expect(try await stranger.pullAll()[reference] == nil, "a region that never held the person hears nothing")

      _ = try await control.query(
        """
        UPDATE control."user" u SET name = b.name, email = b.email, email_key = b.email_key FROM public.b_user b
        WHERE b.id = u.id
        """)
      _ = try await control.query(
        """
        UPDATE control.user_status s SET status = b.status, epoch = b.epoch FROM public.b_user_status b WHERE b.id = s.id
        """)
      _ = try await control.query(
        """
        INSERT INTO control.password SELECT b.* FROM public.b_password b
        WHERE NOT EXISTS (SELECT FROM control.password p WHERE p.user_id = b.user_id)
        """)
      _ = try await control.query("DELETE FROM directory.farewell")
      #expect(try await control.logIn("bob@example.com").status == 200, "the backup has the account")
      try await LostOrganization.loseLog(control, cause: .witness)
      let lost = LostOrganization(
        control: control, eu: world.eu,
        receipts: [ReceiptDocument(kind: last.row.kind, key: last.row.key, fields: last.fields ?? [])],
        organization: world.organization, session: world.ada.token)
      let merged = try await lost.give(lost.receipts, name: try #require(try await lost.pull().1))
      #expect(merged.merged == 1 && merged.parked == 0)
      #expect(try await control.logIn("bob@example.com").status == 401)
      let left = try await lost.count(
        """
        SELECT (SELECT count(*) FROM control."user" WHERE email LIKE '%bob%' OR name = 'Bob')
          + (SELECT count(*) FROM control.password WHERE user_id = \(world.bob.id)::text::uuid)
          + (SELECT count(*) FROM control.user_status WHERE id = \(world.bob.id)::text::uuid AND status <> 'deleted')
        """)
      #expect(left == 0)
      #expect(try await lost.count("SELECT count(*) FROM control.audit WHERE action = 'receipt.deletion'") == 1)
      let again = try await lost.give(lost.receipts, name: "nothing")
      #expect(again.merged == 0)
    }
  }

  @Test("an API token that was revoked after the backup is revoked again by its region's word, and no other region's")
  func tokensEndAgain() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      let other = try await World.organization("other", of: world.ada.token, at: us, control)
      _ = try await world.eu.pullAll()
      var tokens: [String] = []
      for organization in [world.organization, other.id] {
        let id = UUID().uuidString.lowercased()
        tokens.append(id)
        _ = try await control.query(
          """
          INSERT INTO control.api_token (id, organization_id, user_id, name, digest, scopes, expires)
          VALUES (\(id)::text::uuid, \(organization)::text::uuid, \(world.ada.id)::text::uuid, 'made before',
            sha256(\(id)::text::bytea), 'project:read', 4000000000)
          """)
      }
      try await LostOrganization.loseLog(control, cause: .witness)
      let lost = LostOrganization(
        control: control, eu: world.eu, receipts: [], organization: world.organization, session: world.ada.token)
      let merged = try await lost.give([], ended: tokens, name: try #require(try await lost.pull().1))
      #expect(merged.merged == 1)
      let active = try await control.query("SELECT id::text FROM control.api_token WHERE state = 'active'")
      #expect(try active.decode(String.self) == [tokens[1]])
      #expect(try await lost.count("SELECT count(*) FROM control.audit WHERE action = 'receipt.api_token'") == 1)
    }
  }

  @Test("the same receipts twice change nothing the second time")
  func repeated() async throws {
    try await LostOrganization.with { lost in
      let name = try #require(try await lost.pull().1)
      let first = try await lost.give(lost.receipts, name: name, isComplete: false)
      let second = try await lost.give(lost.receipts, name: name)
      #expect(first.merged >= 2 && second.merged == 0 && second.parked == 0)
      #expect(try await lost.phase() == "normal")
    }
  }

  @Test("an altered receipt, another's and one without a seal grant nothing and wait for an operator")
  func forged() async throws {
    try await LostOrganization.with { lost in
      let name = try #require(try await lost.pull().1)
      var forged: [ReceiptDocument] = []
      for receipt in lost.receipts where receipt.kind != ReplicatedModels.region.kind {
        var altered = receipt
        altered.key = try #require(RowKey(UUID().uuidString.lowercased()))
        forged.append(altered)
        var bare = receipt
        bare.fields.removeAll { $0.name == "receipt" }
        bare.key = try #require(RowKey(UUID().uuidString.lowercased()))
        forged.append(bare)
        var renamed = receipt
        renamed.fields = renamed.fields.map {
          $0.name == "slug" || $0.name == "role" ? RowImage.Field(name: $0.name, value: "other") : $0
        }
        forged.append(renamed)
      }
      let merged = try await lost.give(forged, name: name)
      #expect(merged.merged == 0)
      #expect(merged.parked == Int64(forged.count))
      #expect(try await lost.count("SELECT count(*) FROM directory.organization_home") == 0)
      let document = try await lost.control.get("/api/v1/operator/reconcile", token: lost.control.operatorToken).json
      let codes = try document.field("parked").array(maximum: 100).map { try $0.field("code").string() }
      #expect(Set(codes) == ["NOT_SEALED"])
    }
  }

  @Test("a released region comes late: of two claims to one slug one stands, the other is parked, and none is lost")
  func released() async throws {
    try await LostOrganization.with { lost in
      let body: JSONValue = ["region": "eu"]
      let path = "/api/v1/operator/reconcile/release"
      let answer = try await lost.control.post(path, token: lost.control.operatorToken, body)
      #expect(answer.status == 200)
      #expect(try await lost.phase() == "normal")
      let bob = try await lost.control.person("bob@example.com")
      let made = try await lost.control.post(
        "/api/v1/organizations", token: bob.token, ["slug": "acme", "region": "eu"])
      #expect(made.status == 202)
      let (_, name) = try await lost.pull()
      let merged = try await lost.give(lost.receipts, name: try #require(name))
      #expect(merged.merged >= 2 && merged.parked == 1)
      // The older organization had the slug first.
      let owner = try await lost.control.query("SELECT organization_id::text FROM directory.slug WHERE slug = 'acme'")
        .only().decode(String.self)
      #expect(owner == lost.organization)
      #expect(try await lost.count("SELECT count(*) FROM directory.slug WHERE slug LIKE 'parked-%'") == 1)
      let again = try await lost.control.post(path, token: lost.control.operatorToken, body)
      #expect(again.problem == "not-reconciling")
    }
  }

  @Test("an organization that its region ended does not come back")
  func ended() async throws {
    try await LostOrganization.with { lost in
      let name = try #require(try await lost.pull().1)
      let homes = lost.receipts.filter { $0.kind == ReplicatedModels.organizationHome.kind }
      _ = try await lost.give(homes, name: name, isComplete: false)
      _ = try await lost.give([], ended: [lost.organization], name: name)
      #expect(try await lost.count("SELECT count(*) FROM directory.organization_home WHERE state = 'deleting'") == 1)
      #expect(try await lost.count("SELECT count(*) FROM directory.slug WHERE state = 'current'") == 0)
    }
  }

  @Test("a failover whose regions lost nothing troubles nobody; one whose region proves a loss ends sessions")
  func failover() async throws {
    try await LostOrganization.with(cause: .timeline) { lost in
      #expect(try await lost.phase() == "verifying")
      #expect(try await lost.control.get("/api/v1/me", token: lost.session).status == 200)
      let refused = try await lost.control.post(
        "/api/v1/organizations", token: lost.session, ["slug": "other", "region": "eu"])
      #expect(refused.problem == "reconciling")
      let name = try #require(try await lost.pull().1)
      _ = try await lost.give(lost.receipts, name: name)
      #expect(try await lost.phase() == "normal")
      #expect(try await lost.control.get("/api/v1/me", token: lost.session).status == 401, "something was lost")
    }
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      let ann = try await control.person("ann@example.com")
      _ = try await eu.pullAll()
      try await control.environment.database.client.withTransaction { connection in
        _ = try await EpochStore.start(atLeast: 2, cause: .timeline, isForced: true, on: connection)
      }
      let path = "/api/v1/operator/reconcile"
      #expect(try await control.get(path, token: control.operatorToken).text("state") == "verifying")
      // A process believes for a quarter of a second that nothing is to be reconciled.
      for _ in 0..<20 where try await control.get(path, token: control.operatorToken).text("state") != "normal" {
        _ = try await eu.pull(wait: 50)
      }
      #expect(try await control.get(path, token: control.operatorToken).text("state") == "normal")
      #expect(try await control.get("/api/v1/me", token: ann.token).status == 200)
    }
  }

  @Test("an instance that another of the same key took over from is fenced for good")
  func clone() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      func hello(_ instance: String) async throws -> Answer {
        let epoch = try #require(FakeRegion.epoch)
        let request = HelloRequest(
          silo: eu.silo, instance: instance, software: "test/1", counter: eu.nextCounter(),
          log: LogDescription(epoch: epoch, head: .zero), highestPeerEpoch: 0, manifestVersion: 1)
        return try await eu.call(SyncPath.hello, request.body)
      }
      let (one, two) = (String(repeating: "1", count: 32), String(repeating: "2", count: 32))
      #expect(try await hello(one).status == 200)
      #expect(try await hello(two).status == 200)
      let back = try await hello(one)
      #expect(back.status == 409 && FakeRegion.code(back) == .cloneSuspected)
      #expect(try await hello(two).status == 200, "the one that took over goes on")
      let alarms = try await control.query(
        "SELECT count(*) FROM control.audit WHERE alarm AND action = 'region.clone_suspected'"
      ).only().decode(Int64.self)
      #expect(alarms == 1)
    }
  }

  @Test("region numbers are not given in order, so that a restore does not give one twice")
  func numbers() async throws {
    try await withControl { control in
      var numbers: Set<Int64> = []
      for index in 0..<5 {
        let made = try await control.region("r\(index)")
        numbers.insert(try made.json.field("number").integer(in: 1...4095))
      }
      #expect(numbers.count == 5)
      #expect(numbers != [1, 2, 3, 4, 5])
    }
  }
}
