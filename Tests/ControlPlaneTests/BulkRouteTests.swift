import ControlPlane
import HTTPTypes
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("Rows beside the stream, over HTTP")
struct BulkRouteTests {
  private static var limits: ControlLimits {
    var limits = ControlLimits()
    limits.sync.refusalPause = 1
    return limits
  }

  /// A region whose stream starts over while control asks for its organizations, and another one.
  private struct Scene {
    let control: ControlFixture
    let eu: FakeRegion
    let us: FakeRegion
    /// Ascending.
    let organizations: [String]
    /// The request for the first organizations.
    let wanted: BulkRequest

    init(_ control: ControlFixture) async throws {
      self.control = control
      eu = try await FakeRegion.joined(control, "eu")
      us = try await FakeRegion.joined(control, "us")
      let ada = try await control.person("ada@example.com")
      var ids: [String] = []
      for slug in ["acme", "globex"] {
        let made = try await control.post(
          "/api/v1/organizations", token: ada.token, ["slug": .string(slug), "region": "eu"])
        ids.append(try made.text("organization", "id"))
      }
      organizations = ids.sorted()
      let start = try #require(Position(3))
      var next = try #require(try await eu.startOver(at: start))
      while case .chunk(let kind, _) = next.wanted, kind != ReplicatedModels.organization.kind {
        next = try #require(try await Self.next(try await eu.bring(.to(next, of: eu.silo, head: 4))))
      }
      wanted = next
    }

    static func next(_ answer: Answer) async throws -> BulkRequest? {
      try #require(answer.status == 200, "\(String(decoding: answer.bytes, as: UTF8.self))")
      let said = try BulkPushAnswer(body: answer.bytes)
      #expect(said.fault == nil)
      return said.bulk
    }

    func row(_ organization: String) -> RowImage.Draft {
      .init(
        ReplicatedModels.organization, organization, ["name": "Acme", "status": "active", "generation": "1"])
    }

    /// Everything that a chunk could change.
    func state() async throws -> [String] {
      try await control.query(
        """
        SELECT concat_ws(' ', s.stream, s.kind, s.after_key, s.rows, s.done) FROM outbox.snapshot AS s
        UNION ALL SELECT concat_ws(' ', b.stream, b.id, b.kind, b.after_key) FROM outbox.bulk_request AS b
        UNION ALL SELECT concat_ws(' ', c.stream, c.lane, c.position, c.seen, c.resync_bound) FROM outbox.cursor AS c
        UNION ALL SELECT concat_ws(' ', h.slug, h.state) FROM directory.organization_home AS h
        UNION ALL SELECT concat_ws(' ', q.stream, q.kind, q.key, q.code) FROM outbox.quarantine AS q
        ORDER BY 1
        """
      ).decode(String.self)
    }
  }

  @Test(
    "a chunk that is forged, altered, cut, of another region, epoch, order or request is refused and changes nothing")
  func refusedChunks() async throws {
    try await withControl(limits: Self.limits, asService: true, onSocket: true) { control in
      let scene = try await Scene(control)
      let (eu, us, wanted) = (scene.eu, scene.us, scene.wanted)
      let first = try #require(RowKey(scene.organizations[0]))
      let good = try BulkAnswer.to(wanted, of: eu.silo, [scene.row(first.text)], head: 5, through: first)
      let before = try await scene.state()

      func refused(_ answer: Answer, _ code: SyncProblem.Code, _ reason: String?) async throws {
        #expect(answer.status == code.status)
        let problem = try SyncProblem(body: answer.bytes)
        #expect(problem.code == code)
        #expect(problem.reason == reason)
        #expect(try await scene.state() == before)
      }
      try await refused(try await eu.bring(good, seal: us.stream), .batchRefused, "seal_key")
      try await refused(try await eu.bring(good) { $0[$0.count - 2] ^= 1 }, .batchRefused, "content_digest")
      try await refused(try await eu.bring(good) { $0.removeLast(20) }, .batchRefused, "content_digest")
      try await refused(try await eu.bring(good) { $0 = Array($0.prefix(20)) }, .badMessage, "framing")
      try await refused(try await us.bring(good, seal: eu.stream), .batchRefused, "address")

      func dropped(_ answer: BulkAnswer, _ fault: SnapshotFault?) async throws {
        let said = try BulkPushAnswer(body: try await eu.bring(answer).bytes)
        #expect(said.fault == fault?.rawValue)
        #expect(said.bulk?.id == wanted.id, "asks for the same again")
        #expect(try await scene.state() == before)
      }
      let later = try #require(Epoch(ordinal: 2, id: String(repeating: "b", count: 32)))
      let second = scene.row(scene.organizations[1])
      try await dropped(.to(wanted, of: eu.silo, head: 5, epoch: later), .wrongEpoch)
      try await dropped(.to(wanted, of: eu.silo, head: 2), .tooOld)
      try await dropped(.to(wanted, of: eu.silo, [second], head: 5, after: first), .wrongRange)
      try await dropped(.to(wanted, of: eu.silo, head: 5, kind: ReplicatedModels.team.kind), .wrongRange)
      try await dropped(.to(wanted, of: eu.silo, head: 5, through: first), .wrongRange)
      try await dropped(.to(wanted, of: eu.silo, [second], head: 5, through: first), .outsideRange)
      try await dropped(.to(wanted, of: eu.silo, head: 5, id: String(repeating: "0", count: 32)), nil)
      // Another region's own answer, to a request that was not its: it is asked for nothing.
      #expect(try await Scene.next(try await us.bring(.to(wanted, of: us.silo, head: 5))) == nil)
      #expect(try await scene.state() == before)
    }
  }

  @Test("good chunks are taken once each, in their order, and a replayed one changes nothing")
  func replayedChunks() async throws {
    try await withControl(limits: Self.limits, asService: true, onSocket: true) { control in
      let scene = try await Scene(control)
      let (eu, wanted) = (scene.eu, scene.wanted)
      let first = try #require(RowKey(scene.organizations[0]))
      let good = try BulkAnswer.to(wanted, of: eu.silo, [scene.row(first.text)], head: 5, through: first)
      let push = BulkPush(
        session: eu.session, counter: eu.nextCounter(),
        reply: try BulkReplyDocument(sealing: .answer(good), key: eu.stream))
      let (body, contentType) = try push.body(compressed: true)
      let signed = try SignedRequest(
        path: SyncPath.bulkPush, contentType: contentType.rawValue, audience: "control", body: body, key: eu.agent,
        created: control.environment.seconds, nonce: .random())
      var next = try #require(try await Scene.next(try await eu.send(signed)))
      #expect(next.wanted == .chunk(ReplicatedModels.organization.kind, after: first))
      let between = try await scene.state()
      #expect(try SyncProblem(body: try await eu.send(signed).bytes).reason == "nonce_replayed")
      #expect(try await Scene.next(try await eu.bring(good)) == next, "told what is wanted now")
      #expect(try await scene.state() == between)

      next = try #require(
        try await Scene.next(
          try await eu.bring(.to(next, of: eu.silo, [scene.row(scene.organizations[1])], head: 6))))
      var asked = 0
      while asked < 10 {
        guard let more = try await Scene.next(try await eu.bring(.to(next, of: eu.silo, head: 7))) else { break }
        next = more
        asked += 1
      }
      let left = try await control.query("SELECT count(*) FROM outbox.cursor WHERE resync_epoch IS NOT NULL").only()
      #expect(try left.decode(Int64.self) == 0, "the snapshot is whole")
      let states = try await control.query("SELECT DISTINCT state FROM directory.organization_home").decode(String.self)
      #expect(states == ["active"])
      #expect(try await control.query("SELECT count(*) FROM outbox.quarantine").only().decode(Int64.self) == 0)
    }
  }

  @Test("a region reads its own rows and nothing else, and a call that cannot be is refused and signed")
  func calls() async throws {
    try await withControl(limits: Self.limits, asService: true, onSocket: true) { control in
      let world = try await World(control)
      let (eu, us) = (world.eu, try await FakeRegion.joined(control, "us"))
      func request(
        _ wanted: BulkRequest.Wanted, stream: SiloNumber = .control, rows: Int = 100
      ) -> BulkRequest {
        BulkRequest(
          id: String(repeating: "1", count: 32), stream: stream, lane: .main, wanted: wanted, rowLimit: rows)
      }
      let user = ReplicatedModels.user.kind
      let all = request(.chunk(user, after: nil))
      let answer = try await eu.bulk(all)
      #expect(try await eu.opened(answer).rows.map(\.row.key.text) == [world.ada.id])
      await #expect(throws: WireError.self) { try await us.opened(answer) }
      #expect(try await us.opened(try await us.bulk(all)).rows.isEmpty)
      let bob = RowReference(kind: user, key: try #require(RowKey(world.bob.id)))
      #expect(try await eu.opened(try await eu.bulk(request(.references([bob])))).rows.isEmpty)

      func refused(_ answer: Answer, _ code: SyncProblem.Code) throws {
        #expect(answer.status == code.status)
        #expect(FakeRegion.code(answer) == code)
        #expect(answer.headers[try #require(HTTPField.Name("signature"))] != nil)
      }
      for key in ["x", world.ada.id.uppercased(), "{\(world.ada.id)}", world.ada.id + " "] {
        let key = try #require(RowKey(key))
        try refused(try await eu.bulk(request(.chunk(user, after: key))), .badMessage)
        try refused(
          try await eu.bulk(request(.references([bob, RowReference(kind: user, key: key)]))), .badMessage)
      }
      try refused(try await eu.bulk(request(.chunk(user, after: nil), stream: eu.silo)), .badMessage)
      try refused(try await eu.bulk(request(.chunk(user, after: nil), rows: 0)), .badMessage)
      try refused(try await eu.bulk(all, session: us.session), .sessionFenced)
      try refused(try await eu.bulk(all, key: us.agent), .sessionFenced)
      try refused(try await eu.bulk(all, key: try SigningKey(purpose: .agent)), .signatureRefused)
      try refused(try await eu.bulk(all, counter: 0), .counterFell)
      try refused(try await eu.bulk(all) { $0.removeLast(10) }, .badMessage)
      try refused(
        try await eu.bulk(all) { $0 += [UInt8](repeating: 0x20, count: WireLimits.maximumDocumentBytes) },
        .bodyTooLarge)
      #expect(try await eu.opened(try await eu.bulk(all)).rows.count == 1)
    }
  }
}
