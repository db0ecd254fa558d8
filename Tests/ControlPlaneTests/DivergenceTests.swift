import HTTPTypes
import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("Comparisons that an operator asks for")
struct DivergenceTests {
  private func start(_ control: ControlFixture, _ region: String, _ body: JSONValue = [:]) async throws -> Answer {
    try await control.post("/api/v1/operator/regions/\(region)/comparisons", token: control.operatorToken, body)
  }

  private func document(_ control: ControlFixture, _ id: String) async throws -> JSONReader {
    try await control.get("/api/v1/operator/comparisons/\(id)", token: control.operatorToken).json
  }

  private func turn(_ region: FakeRegion, _ answer: CompareAnswer? = nil) async throws -> CompareReply {
    let request = CompareRequest(session: region.session, counter: region.nextCounter(), answer: answer)
    let reply = try await region.call(SyncPath.compare, request.body)
    try #require(reply.status == 200, "\(String(decoding: reply.bytes, as: UTF8.self))")
    return try CompareReply(body: reply.bytes)
  }

  /// Lets a region say `lie` to every question until control has no more or wants to wait; returns how many it asked.
  private func lie(
    _ region: FakeRegion, _ lie: (CompareQuestion) throws -> CompareAnswer.Body
  ) async throws -> Int {
    var questions = 0
    var reply = try await turn(region)
    for _ in 0..<5000 {
      switch reply {
      case .question(let question):
        questions += 1
        reply = try await turn(region, CompareAnswer(id: question.id, body: try lie(question)))
      case .again, .nothing: return questions
      }
    }
    Issue.record("control asks for ever")
    return questions
  }

  @Test("kinds, regions and roles are checked, one comparison runs at a time, and its result can be asked for")
  func routes() async throws {
    try await withControl { control in
      _ = try await FakeRegion.joined(control, "eu")
      #expect(try await start(control, "nowhere").status == 422)
      #expect(try await start(control, "eu", ["kinds": ["nothing"]]).problem == "kind-unknown")
      #expect(try await start(control, "eu", ["kind": "user"]).status == 400)
      let first = try await start(control, "eu", ["kinds": ["user"]])
      #expect(first.status == 202)
      #expect(try await start(control, "eu", ["kinds": ["user"]]).text("id") == first.text("id"))
      #expect(try await start(control, "eu", ["repair": true]).problem == "comparison-open")
      #expect(try await document(control, try first.text("id")).field("state").string() == "waiting")
      #expect(
        try await control.get("/api/v1/operator/comparisons/\(UUID())", token: control.operatorToken).status == 404)
      let auditor = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "looks", "role": "auditor"])
      let token = try auditor.text("token")
      #expect(try await control.post("/api/v1/operator/regions/eu/comparisons", token: token, [:]).status == 403)
      #expect(try await control.get("/api/v1/operator/incidents", token: token).status == 200)
    }
  }

  @Test("a pull says that there are questions; a lost answer brings the same question again; another id moves nothing")
  func turns() async throws {
    try await withControl { control in
      let world = try await World(control)
      let id = try await start(control, "eu", ["kinds": ["user"]]).text("id")
      _ = try await world.eu.pullAll()
      let pulled = try await world.eu.pullRaw()
      let message = try PullAnswer(body: pulled.bytes, contentType: pulled.headers[.contentType] ?? "")
      #expect(message.compares)
      guard case .question(let question) = try await turn(world.eu) else {
        Issue.record("control asks nothing")
        return
      }
      #expect(question.subject.kind == ReplicatedModels.user.kind && question.subject.audience == world.eu.silo)
      #expect(try await turn(world.eu) == .question(question))
      #expect(try await turn(world.eu, CompareAnswer(id: "else:1", body: .mended)) == .question(question))
      let refused = try await turn(world.eu, CompareAnswer(id: question.id, body: .refused(.projectionDiffers)))
      #expect(refused == .again(afterMilliseconds: 0))
      let result = try await document(control, id)
      #expect(try result.field("state").string() == "complete")
      #expect(try result.field("rows").array(maximum: 5).first?.field("difference").string() == "PROJECTION_DIFFERS")
      #expect(try await turn(world.eu) == .nothing)
      let stranger = CompareRequest(session: "other", counter: world.eu.nextCounter())
      #expect(FakeRegion.code(try await world.eu.call(SyncPath.compare, stranger.body)) == .sessionFenced)
    }
  }

  @Test("a region that invents rows costs control a bounded comparison and other regions nothing")
  func hostile() async throws {
    try await withControl { control in
      let world = try await World(control)
      let us = try await FakeRegion.joined(control, "us")
      _ = try await world.eu.pullAll()
      _ = try await us.pullAll()
      let epoch = try #require(
        try await control.environment.database.withConnection { try await StatusStore.log(on: $0) })
      let id = try await start(control, "eu", ["kinds": ["user"], "repair": true]).text("id")
      let keys = (0..<2048).compactMap { RowKey("00000000-0000-0000-0000-" + String(100_000_000_000 + $0)) }
      let short = [UInt8](repeating: 1, count: 16)
      let asked = try await lie(world.eu) { question in
        switch question.body {
        case .range(_, _, _, let lists):
          return .range(
            RangeReading(
              through: nil, position: .zero, count: keys.count, digest: [UInt8](repeating: 9, count: 32),
              rows: lists ? keys.map { .init(key: $0, digest: short) } : []))
        case .rows(let keys, _):
          let rows = keys.map { HolderReading.Row(key: $0, columns: [short, short], version: nil, quarantine: nil) }
          return .holder(HolderReading(epoch: epoch.epoch, cursor: epoch.head, isSettled: true, rows: rows))
        case .mend: return .mended
        }
      }
      #expect(asked < 500)
      let result = try await document(control, id)
      #expect(try result.field("divergences").integer(in: 0...10_000) >= 2048)
      // Nothing of it reaches anybody else: no row, no entry.
      let before = try await control.query(
        "SELECT count(*) FROM outbox.repair WHERE silo <> \(Int16(world.eu.silo.value))")
      #expect(try before.only().decode(Int64.self) == 0)
      #expect(try await us.pullAll().isEmpty)
      let removed = try await world.eu.pullAll()
      let user = ReplicatedModels.user.kind
      #expect(keys.allSatisfy { removed[RowReference(kind: user, key: $0)].map { $0.fields == nil } ?? false })
    }
  }

  @Test("an answer beyond the limits is refused as a bad message")
  func tooMuch() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await start(control, "eu")
      let row = try OwnerReading.Row(
        key: #require(RowKey("x")), columns: nil, generation: 0, isQuiet: true, isElsewhere: false)
      let reading = OwnerReading(
        epoch: try #require(FakeRegion.epoch), head: .zero, isPassed: true,
        rows: [OwnerReading.Row](repeating: row, count: ComparisonLimits.maximumKeys + 1))
      let request = CompareRequest(
        session: eu.session, counter: eu.nextCounter(), answer: CompareAnswer(id: "x:1", body: .owner(reading)))
      #expect(FakeRegion.code(try await eu.call(SyncPath.compare, request.body)) == .badMessage)
    }
  }

  @Test("a rotten row of control that names another organization is let go of, so that its region can send it again")
  func release() async throws {
    try await withControl { control in
      let world = try await World(control)
      try await control.environment.database.client.execute(
        "UPDATE directory.member SET organization_id = gen_random_uuid() WHERE id = \(world.grant)::uuid")
      let registry = ControlKinds.registry(environment: control.environment)
      let comparer = Comparer(
        client: control.environment.database.client, own: .control, registry: registry, doorbell: Doorbell())
      let subject = ComparisonSubject(
        stream: world.eu.silo, audience: .control, kind: ReplicatedModels.member.kind,
        columns: ["organization_id", "role", "user_id"], salt: [UInt8](repeating: 1, count: 16))
      let key = try #require(RowKey(world.grant))
      let mend = CompareQuestion.Body.mend(
        [.init(key: key, difference: .content(["organization_id"]))], repairs: true)
      let answer = try await comparer.answer(
        CompareQuestion(id: "1", subject: subject, body: mend), peer: world.eu.silo)
      #expect(answer.body == .mended)
      let refused = try await world.eu.push([
        .init(
          ReplicatedModels.member, world.grant,
          ["organization_id": world.organization, "user_id": world.ada.id, "role": "owner"])
      ])
      #expect(refused.isEmpty)
      #expect(
        try await control.query(
          "SELECT count(*) FROM directory.member WHERE organization_id = \(world.organization)::uuid"
        ).only().decode(Int64.self) == 1)
    }
  }
}
