import ControlPlane
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing

@Suite("The state of a region as control decides it")
struct StateTests {
  /// What the operator API says of a region.
  private static func sync(_ control: ControlFixture, _ name: String = "eu") async throws -> String {
    let status = try await control.get("/api/v1/operator/status", token: control.operatorToken)
    let regions = try status.json.field("regions").array(maximum: 10)
    let region = try #require(try regions.first { try $0.field("name").string() == name })
    let listed = try await control.get("/api/v1/operator/regions", token: control.operatorToken)
      .json.field("regions").array(maximum: 10)
    let other = try #require(try listed.first { try $0.field("name").string() == name })
    let state = try region.field("sync").string()
    #expect(try other.field("sync").string() == state, "status and list say different things")
    return state
  }

  @Test("a region is joining until it sent cursors, then live")
  func joiningThenLive() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      // It has a session, and nothing applied.
      #expect(try await Self.sync(control) == "joining")
      _ = try await eu.pullAll()
      #expect(try await Self.sync(control) == "live")
    }
  }

  @Test("a stopped sequencer makes every region stale, visibly, whatever their connections do")
  func stoppedSequencer() async throws {
    try await withControl { control in
      let (eu, us) = (try await FakeRegion.joined(control, "eu"), try await FakeRegion.joined(control, "us"))
      _ = try await eu.pullAll()
      _ = try await us.pullAll()
      for (seconds, expected) in [(15, "degraded"), (90, "stalled")] {
        _ = try await control.query(
          """
          UPDATE outbox.sequencer
          SET complete_as_of = ((extract(epoch FROM clock_timestamp()) - \(Int64(seconds))) * 1000000)::int8
          """)
        // Both are connected and ask.
        _ = try await eu.pull()
        _ = try await us.pull()
        #expect(try await Self.sync(control, "eu") == expected)
        #expect(try await Self.sync(control, "us") == expected)
      }
      try await control.sequence()
      _ = try await eu.pull()
      _ = try await us.pull()
      #expect(try await Self.sync(control, "eu") == "live")
    }
  }

  @Test("a region that is heard of but applies nothing is stalled, and pushes do not help it")
  func connectedButStanding() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await eu.pullAll()
      _ = try await control.query(
        "UPDATE control.agent_session SET acknowledged = acknowledged - make_interval(secs => 90)")
      _ = try await eu.push([])
      #expect(try await eu.hello().status == 200)
      try await control.sequence()
      #expect(try await Self.sync(control) == "stalled")
      _ = try await eu.pull()
      #expect(try await Self.sync(control) == "live")
    }
  }

  @Test("a cursor that stays while an old change of its lane waits is stalled; one that moves is degraded")
  func standingCursor() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await eu.pullAll()
      _ = try await control.person("ada@example.com")
      try await control.sequence()
      _ = try await control.query("UPDATE outbox.segment SET created = created - make_interval(secs => 90)")
      _ = try await control.query("UPDATE outbox.receiver SET position = 0")
      #expect(try await Self.sync(control) == "degraded")
      _ = try await control.query("UPDATE outbox.receiver SET advanced = advanced - make_interval(secs => 90)")
      #expect(try await Self.sync(control) == "stalled")
    }
  }

  @Test("a cursor below the retention needs a snapshot, a revoked region is revoked, quarantined rows degrade")
  func others() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await eu.pullAll()
      _ = try await control.query(
        """
        INSERT INTO outbox.quarantine (stream, kind, key, code, generation, epoch, head)
        VALUES (\(Int16(eu.silo.value)), 'member', 'x', 'NO_GRANT', 1, 1, 1)
        """)
      #expect(try await Self.sync(control) == "degraded")
      _ = try await control.query("UPDATE outbox.sequencer SET pruned = head + 1")
      #expect(try await Self.sync(control) == "needs_snapshot")
      #expect(
        try await control.post("/api/v1/operator/regions/eu/revoke", token: control.operatorToken, [:]).status == 200)
      #expect(try await Self.sync(control) == "revoked")
    }
  }

  @Test("a scrape names every region, its state, its lag and control's own log")
  func scrape() async throws {
    try await withControl { control in
      let eu = try await FakeRegion.joined(control, "eu")
      _ = try await eu.pullAll()
      let all = await control.server.measurements.now()
      func value(_ name: String, _ labels: [String: String]) -> Double? {
        all.first { measurement in
          measurement.name.description == name
            && labels.allSatisfy { label in
              measurement.labels.contains { $0.name.description == label.key && $0.value == label.value }
            }
        }?.value
      }
      #expect(value("atoll_database_up", [:]) == 1)
      #expect(value("atoll_regions", ["state": "live"]) == 1)
      #expect(value("atoll_regions", ["state": "stalled"]) == 0)
      #expect(value("atoll_region_state", ["peer": "eu", "state": "live"]) == 1)
      #expect(value("atoll_lag_rows", ["peer": "eu", "lane": "main", "direction": "down"]) == 0)
      #expect((value("atoll_log_head", [:]) ?? 0) > 0)
      #expect((value("atoll_pool_acquisitions_total", ["outcome": "acquired"]) ?? 0) > 0)
      #expect(value("atoll_directory_file_failures_total", [:]) == 0)
      #expect(value("atoll_directory_age_seconds", [:]) == nil, "nothing was read yet")
    }
  }

  @Test("the doctor is told when the directory changed last, of what every process has read by now")
  func lastChange() async throws {
    try await withControl { control in
      _ = try await World(control)
      func read() async throws -> Double? {
        try await control.environment.database.withConnection { try await ControlFacts.read(on: $0) }.directoryChanged
      }
      _ = try await control.query("UPDATE directory.change SET at = clock_timestamp() + interval '1 hour'")
      #expect(try await read() == nil)
      _ = try await control.query("UPDATE directory.change SET at = clock_timestamp() - interval '100 seconds'")
      let age = try #require(try await read())
      #expect(age >= 100 && age < 3600)
    }
  }

  @Test("a scrape says how old the directory's map is and how much it holds")
  func directoryScrape() async throws {
    try await withControl { control in
      _ = try await World(control)
      try await control.server.follower.pass()
      let all = await control.server.measurements.now()
      let said = all.filter { $0.name.description.hasPrefix("atoll_directory_") }.map { measurement in
        "\(measurement.name) \(measurement.labels.map { "\($0.name)=\($0.value)" }.joined()) \(Int(measurement.value))"
      }
      for line in [
        "atoll_directory_records kind=key 0", "atoll_directory_records kind=organization 1",
        "atoll_directory_records kind=slug 1", "atoll_directory_file_failures_total  0",
      ] { #expect(said.contains(line), "\(said)") }
      let age = try #require(all.first { $0.name.description == "atoll_directory_age_seconds" })
      #expect(age.value >= 0 && age.value < 3600)
    }
  }
}
