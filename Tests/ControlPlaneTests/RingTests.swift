import ControlPlane
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

/// Two regions: `eu` in the canary ring, `us` in the last one. No ring soaks.
struct RingScene: Sendable {
  let control: ControlFixture
  let eu: FakeRegion
  let us: FakeRegion

  static let path = "/api/v1/operator/gated/feature_flag/checkout"

  static func run(_ body: @Sendable @escaping (RingScene) async throws -> Void) async throws {
    try await withControl { control in
      let scene = RingScene(
        control: control, eu: try await FakeRegion.joined(control, "eu"), us: try await FakeRegion.joined(control, "us")
      )
      for ring in ["canary", "early", "broad"] {
        #expect(try await scene.put("rings/\(ring)", ["soak_seconds": 0]).status == 200)
      }
      #expect(try await scene.put("regions/eu/ring", ["ring": "canary"]).status == 200)
      _ = try await scene.eu.pullAll()
      _ = try await scene.us.pullAll()
      try await body(scene)
    }
  }

  func put(_ path: String, _ json: JSONValue) async throws -> Answer {
    try await control.send(.put, "/api/v1/operator/\(path)", token: control.operatorToken, json: json)
  }

  func post(_ action: String, _ json: JSONValue = [:]) async throws -> Answer {
    try await control.post("\(Self.path)/\(action)", token: control.operatorToken, json)
  }

  /// A new revision on its way.
  func release(_ value: JSONValue, automatic: Bool = true) async throws {
    #expect(try await post("revisions", ["value": value]).status == 201)
    #expect(try await post("release", ["automatic": .bool(automatic)]).status == 201)
  }

  /// One look of the monitor after everything got its position.
  func look() async throws {
    try await control.sequence()
    try await control.server.rollouts.pass()
  }

  /// A region pulls, and says with its cursors what it refused.
  func confirm(_ region: FakeRegion, refusing codes: [String] = []) async throws -> [String: String?] {
    let held = try await region.pullAll()
    let nacks = codes.flatMap { code in
      held.values.filter { $0.row.kind == ReplicatedModels.featureFlag.kind }.map {
        Nack(row: $0.row, code: code, version: $0.version)
      }
    }
    _ = try await region.pull(nacks: nacks)
    var flags: [String: String?] = [:]
    for image in held.values where image.row.kind == ReplicatedModels.featureFlag.kind {
      flags[image.row.key.text] = image.value("value")
    }
    return flags
  }

  /// What the one reader gives a region, whatever asks: stream, snapshot, digest, repair.
  func entitled(_ region: FakeRegion) async throws -> [String: String] {
    let source = try #require(
      ControlKinds.registry(environment: control.environment).sources[ReplicatedModels.featureFlag.kind])
    return try await control.environment.database.client.withConnection { connection in
      let chunk = try await source.chunk(region.silo, after: nil, limit: 100, on: connection)
      let keys = try await source.entitled(region.silo, after: nil, limit: 100, on: connection)
      let read = try await source.read(keys, for: region.silo, on: connection)
      #expect(chunk.map(\.key) == keys)
      var found: [String: String] = [:]
      for (key, row) in chunk {
        #expect(read[key] == row)
        found[key.text] = row.fields?.first { $0.name == "value" }?.value
      }
      return found
    }
  }

  func state() async throws -> String {
    let answer = try await control.get(Self.path, token: control.operatorToken)
    return try answer.json.field("rollouts").array(maximum: 100).first?.field("state").string() ?? ""
  }
}

@Suite("Rings")
struct RingTests {
  @Test("a revision reaches the first ring alone, and the next one when that has soaked and confirmed")
  func ringByRing() async throws {
    try await RingScene.run { scene in
      try await scene.release(true)
      try await scene.look()
      // The canary was told, and did not say yet that it has it.
      #expect(try await scene.entitled(scene.eu) == ["checkout": "true"])
      #expect(try await scene.entitled(scene.us).isEmpty)
      #expect(try await scene.confirm(scene.us).isEmpty)
      try await scene.look()
      #expect(try await scene.entitled(scene.us).isEmpty)
      #expect(try await scene.confirm(scene.eu) == ["checkout": "true"])
      // `early` is empty and holds nobody up.
      for _ in 0..<3 { try await scene.look() }
      #expect(try await scene.confirm(scene.us) == ["checkout": "true"])
      for _ in 0..<2 { try await scene.look() }
      #expect(try await scene.state() == "complete")
      let audit = try await scene.control.get("/api/v1/operator/audit", token: scene.control.operatorToken)
      let text = String(decoding: audit.bytes, as: UTF8.self)
      for action in ["rollout.start", "rollout.promote", "rollout.complete", "ring.assign", "revision.add"] {
        #expect(text.contains(action))
      }
    }
  }

  @Test("a release of which only a part has its position is confirmed by nobody")
  func carriedRelease() async throws {
    try await RingScene.run { scene in
      let database = scene.control.environment.database.client
      try await scene.release(true)
      try await scene.control.sequence()
      _ = try await scene.confirm(scene.eu)
      try await database.execute(
        "INSERT INTO outbox.carry (transaction, after) SELECT w.given_by, 0 FROM control.ring_watch w LIMIT 1")
      for _ in 0..<3 { try await scene.control.server.rollouts.pass() }
      let reached: SQL = "SELECT count(*) FROM control.ring_stage"
      #expect(try await database.query(reached).only().decode(Int64.self) == 1)
      try await database.execute("DELETE FROM outbox.carry")
      for _ in 0..<3 { try await scene.control.server.rollouts.pass() }
      #expect(try await database.query(reached).only().decode(Int64.self) > 1)
    }
  }

  @Test("the cursors of a pull that brings refusals count for rollouts when the refusals are kept")
  func refusalsUnderWay() async throws {
    try await RingScene.run { scene in
      try await scene.release(true)
      try await scene.look()
      let image = try #require(
        try await scene.eu.pullAll().values.first { $0.row.kind == ReplicatedModels.featureFlag.kind })
      func counts() async throws -> Bool {
        try await scene.control.environment.database.client.query(
          "SELECT NOT s.refilling FROM control.agent_session s WHERE s.region_number = \(Int16(scene.eu.silo.value))"
        ).only().decode(Bool.self)
      }
      _ = try await scene.eu.pull()
      #expect(try await counts())
      _ = try await scene.eu.pull(nacks: [Nack(row: image.row, code: "BAD_ROW", version: image.version)])
      #expect(try await !counts())
      _ = try await scene.eu.pull()
      #expect(try await counts())
    }
  }

  @Test("only the regions of a ring are told of its release")
  func onlyTheRingIsTold() async throws {
    try await RingScene.run { scene in
      try await scene.release("on")
      try await scene.control.sequence()
      let entries = try await scene.us.pull()
      if case .batch(let batch) = entries.body { #expect(batch.rows.isEmpty) }
      let kind = ReplicatedModels.featureFlag.kind
      let registry = ControlKinds.registry(environment: scene.control.environment)
      let key = try #require(RowKey("checkout"))
      let receivers = try await scene.control.environment.database.client.withConnection {
        try await registry.sources[kind]?.receivers(of: [key], on: $0)
      }
      #expect(receivers == [key: .only([scene.eu.silo])])
    }
  }

  @Test("a refusal halts the rollout, resume excuses it, and rollback returns to what was complete")
  func refusalHalts() async throws {
    try await RingScene.run { scene in
      try await scene.release(1)
      for region in [scene.eu, scene.us] {
        try await scene.look()
        _ = try await scene.confirm(region)
        for _ in 0..<3 { try await scene.look() }
      }
      #expect(try await scene.state() == "complete")
      try await scene.release(["poison": true])
      try await scene.control.sequence()
      #expect(try await scene.confirm(scene.eu, refusing: ["BAD_ROW"]) == ["checkout": #"{"poison": true}"#])
      for _ in 0..<3 { try await scene.look() }
      #expect(try await scene.state() == "halted")
      #expect(try await scene.entitled(scene.us) == ["checkout": "1"])
      let document = try await scene.control.get(RingScene.path, token: scene.control.operatorToken)
      let rollout = try #require(try document.json.field("rollouts").array(maximum: 9).first)
      #expect(try rollout.field("code").string() == "REFUSED")
      #expect(try rollout.field("reason").string() == "BAD_ROW")
      #expect(try rollout.field("region").string() == "eu")
      #expect(try await scene.post("promote").problem == "rollout-refused")
      #expect(try await scene.post("resume").status == 200)
      #expect(try await scene.post("resume").problem == "rollout-refused")
      #expect(try await scene.post("rollback").status == 200)
      for region in [scene.eu, scene.us] {
        #expect(try await scene.entitled(region) == ["checkout": "1"])
        _ = try await scene.confirm(region)
      }
      #expect(try await scene.state() == "rolled_back")
      // The refusal was about that revision: a later one is not judged by it.
      try await scene.release(2)
      try await scene.control.sequence()
      _ = try await scene.confirm(scene.eu)
      for _ in 0..<3 { try await scene.look() }
      #expect(try await scene.entitled(scene.us) == ["checkout": "2"])
    }
  }

  @Test("a region that was live when it got a revision and stalls halts it; one that stalled before does not")
  func failureHalts() async throws {
    try await RingScene.run { scene in
      try await scene.release(true, automatic: false)
      _ = try await scene.control.query(
        """
        UPDATE control.agent_session SET acknowledged = clock_timestamp() - interval '1 hour'
        WHERE region_number = \(Int16(scene.us.silo.value))
        """)
      try await scene.look()
      #expect(try await scene.state() == "running")
      _ = try await scene.control.query(
        """
        UPDATE control.agent_session SET acknowledged = clock_timestamp() - interval '1 hour'
        WHERE region_number = \(Int16(scene.eu.silo.value))
        """)
      try await scene.look()
      #expect(try await scene.state() == "halted")
    }
  }

  @Test("a stopped sequencer is nobody's failure: nothing is halted, and nothing goes on")
  func staleSource() async throws {
    try await RingScene.run { scene in
      try await scene.release(true)
      try await scene.control.sequence()
      _ = try await scene.confirm(scene.eu)
      _ = try await scene.control.query(
        "UPDATE outbox.sequencer SET complete_as_of = ((extract(epoch FROM clock_timestamp()) - 90) * 1000000)::int8")
      try await scene.control.server.rollouts.pass()
      #expect(try await scene.state() == "running")
      #expect(try await scene.entitled(scene.us).isEmpty)
    }
  }

  @Test("a region that changes its ring has what the new ring has, and loses what it has not")
  func assignment() async throws {
    try await RingScene.run { scene in
      try await scene.release(true, automatic: false)
      try await scene.control.sequence()
      #expect(try await scene.confirm(scene.eu) == ["checkout": "true"])
      #expect(try await scene.put("regions/us/ring", ["ring": "canary"]).status == 200)
      #expect(try await scene.confirm(scene.us) == ["checkout": "true"])
      #expect(try await scene.put("regions/us/ring", ["ring": "broad"]).status == 200)
      let held = try await scene.us.pullAll()
      let flag = try #require(held.values.first { $0.row.kind == ReplicatedModels.featureFlag.kind })
      #expect(flag.fields == nil)
      // A ring that is added has what the next one behind it has.
      #expect(try await scene.put("rings/zero", ["place": 5]).status == 200)
      #expect(try await scene.put("regions/us/ring", ["ring": "zero"]).status == 200)
      #expect(try await scene.confirm(scene.us) == ["checkout": "true"])
    }
  }

  @Test("a revision that takes the item away removes it ring by ring")
  func removal() async throws {
    try await RingScene.run { scene in
      try await scene.release(true)
      for region in [scene.eu, scene.us] {
        try await scene.look()
        _ = try await scene.confirm(region)
        for _ in 0..<3 { try await scene.look() }
      }
      #expect(try await scene.post("revisions", ["removed": true]).status == 201)
      #expect(try await scene.post("release", ["automatic": false]).status == 201)
      #expect(try await scene.entitled(scene.eu).isEmpty)
      #expect(try await scene.entitled(scene.us) == ["checkout": "true"])
      let held = try await scene.eu.pullAll()
      #expect(held.values.contains { $0.row.kind == ReplicatedModels.featureFlag.kind && $0.fields == nil })
    }
  }

  @Test("a new release takes the place of one under way, and a held one delays nothing else")
  func supersede() async throws {
    try await RingScene.run { scene in
      try await scene.release(1)
      #expect(try await scene.post("halt", ["reason": "look first"]).status == 200)
      #expect(try await scene.post("halt").problem == "rollout-refused")
      let other = "/api/v1/operator/gated/configuration/limits"
      let token = scene.control.operatorToken
      #expect(try await scene.control.post("\(other)/revisions", token: token, ["value": ["rate": 5]]).status == 201)
      #expect(try await scene.control.post("\(other)/release", token: token, [:]).status == 201)
      try await scene.control.sequence()
      _ = try await scene.confirm(scene.eu)
      for _ in 0..<3 { try await scene.look() }
      let held = try await scene.us.pullAll()
      #expect(held.values.contains { $0.row.kind == ReplicatedModels.configuration.kind && $0.fields != nil })
      #expect(!held.values.contains { $0.row.kind == ReplicatedModels.featureFlag.kind })
      try await scene.release(2)
      let document = try await scene.control.get(RingScene.path, token: token)
      let states = try document.json.field("rollouts").array(maximum: 9).map { try $0.field("state").string() }
      #expect(states == ["running", "superseded"])
      #expect(try await scene.entitled(scene.eu) == ["checkout": "2"])
    }
  }

  @Test("soaking holds a rollout up, and an operator may skip it")
  func soak() async throws {
    try await RingScene.run { scene in
      #expect(try await scene.put("rings/canary", ["soak_seconds": 3600]).status == 200)
      try await scene.release(true)
      try await scene.control.sequence()
      #expect(try await scene.post("promote").problem == "rollout-refused")
      _ = try await scene.confirm(scene.eu)
      for _ in 0..<3 { try await scene.look() }
      #expect(try await scene.entitled(scene.us).isEmpty)
      #expect(try await scene.post("promote", ["skip_soak": true]).status == 200)
      for _ in 0..<2 { try await scene.look() }
      #expect(try await scene.entitled(scene.us) == ["checkout": "true"])
    }
  }

  @Test("a restore that lost something halts what was under way", arguments: [EpochCause.peer, .timeline])
  func restore(cause: EpochCause) async throws {
    try await RingScene.run { scene in
      try await scene.release(true)
      try await scene.control.environment.database.client.withTransaction { connection in
        _ = try await EpochStore.start(atLeast: 2, cause: cause, isForced: true, on: connection)
      }
      #expect(try await scene.state() == (cause == .peer ? "halted" : "running"))
    }
  }
}

@Suite("Refusals of the ring routes")
struct RingRefusalTests {
  @Test("an auditor looks and changes nothing")
  func roles() async throws {
    try await RingScene.run { scene in
      let control = scene.control
      let auditor = try await control.post(
        "/api/v1/operator/operators", token: control.operatorToken, ["name": "Aud", "role": "auditor"]
      ).text("token")
      #expect(try await control.get("/api/v1/operator/rings", token: auditor).status == 200)
      #expect(try await control.get("/api/v1/operator/gated/feature_flag", token: auditor).status == 200)
      let put = try await control.send(.put, "/api/v1/operator/rings/x", token: auditor, json: [:])
      let assign = try await control.send(
        .put, "/api/v1/operator/regions/eu/ring", token: auditor, json: ["ring": "broad"])
      let remove = try await control.send(.delete, "/api/v1/operator/rings/early", token: auditor)
      #expect([put.status, assign.status, remove.status] == [403, 403, 403])
      for action in ["revisions", "release", "promote", "halt", "resume", "rollback"] {
        #expect(try await control.post("\(RingScene.path)/\(action)", token: auditor, [:]).status == 403)
        #expect(try await control.post("\(RingScene.path)/\(action)", [:]).status == 401)
      }
    }
  }

  @Test("what does not exist, cannot be or is in use is refused with its own problem")
  func refusals() async throws {
    try await RingScene.run { scene in
      let control = scene.control
      let token = control.operatorToken
      #expect(try await scene.put("rings/canary", ["place": 30]).problem == "ring-taken")
      #expect(try await scene.put("rings/other", ["place": 30]).problem == "ring-taken")
      #expect(try await scene.put("rings/BAD", [:]).status == 404)
      #expect(try await scene.put("rings/other", ["soak_seconds": -1]).status == 400)
      #expect(try await scene.put("regions/eu/ring", ["ring": "nowhere"]).problem == "ring-unknown")
      #expect(try await scene.put("regions/nowhere/ring", ["ring": "early"]).problem == "region-unknown")
      #expect(try await control.send(.delete, "/api/v1/operator/rings/canary", token: token).problem == "ring-in-use")
      #expect(try await control.send(.delete, "/api/v1/operator/rings/none", token: token).problem == "ring-unknown")
      #expect(try await control.send(.delete, "/api/v1/operator/rings/early", token: token).status == 200)
      #expect(try await control.get(RingScene.path, token: token).status == 404)
      #expect(try await control.get("/api/v1/operator/gated/user", token: token).status == 404)
      #expect(
        try await control.post("/api/v1/operator/gated/user/x/revisions", token: token, ["value": 1]).status == 404)
      #expect(
        try await control.post("/api/v1/operator/gated/feature_flag/Bad/revisions", token: token, ["value": 1]).status
          == 404)
      #expect(try await scene.post("release").status == 404)
      #expect(try await scene.post("revisions", ["value": nil]).status == 400)
      #expect(try await scene.post("revisions", [:]).status == 400)
      #expect(try await scene.post("revisions", ["value": 1, "removed": true]).status == 400)
      #expect(try await scene.post("revisions", ["value": 1, "more": 1]).status == 400)
      let long = String(repeating: "x", count: 50_000)
      #expect(try await scene.post("revisions", ["value": .string(long)]).status == 400)
      let longer = String(repeating: "x", count: 90_000)
      #expect(try await scene.post("revisions", ["value": .string(longer)]).status == 413)
      #expect(try await scene.post("revisions", ["value": 1]).status == 201)
      _ = try await control.query(
        """
        INSERT INTO control.gated_item (kind, name, revisions) SELECT 'configuration', 'c' || g, 1 FROM generate_series(1, 5000) AS g
        """)
      #expect(try await scene.post("revisions", ["value": 2]).problem == "items-too-many")
      #expect(try await scene.post("release", ["revision": 2]).problem == "revision-unknown")
      #expect(try await scene.post("release", ["revision": 9]).problem == "revision-unknown")
      for action in ["promote", "halt", "resume", "rollback"] {
        let answer = try await scene.post(action)
        #expect(answer.problem == "rollout-refused", "\(action)")
      }
    }
  }
}
