import ControlPlane
import Foundation
import Glibc
import Logging
import Outbox
import Postgres
import RegionAgent
import Silo
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite("The doctor on real databases")
struct DoctorDatabaseTests {
  private static func facts(_ client: PostgresClient) async throws -> DatabaseFacts {
    try await client.withConnection { connection in
      try await DatabaseFactsStore(silo: "control", schemas: ["control", "directory"])
        .read(on: connection, pause: .milliseconds(10))
    }
  }

  private static func codes(_ facts: DatabaseFacts) -> [DoctorCode] {
    let database = DatabaseDiagnosis(facts: facts, poolSize: 12, isDevelopment: true).findings
    return (database + LogDiagnosis(facts: facts).findings).map(\.code)
  }

  /// A control plane's database after a first tick.
  private static func withControl(_ body: (PostgresClient) async throws -> Void) async throws {
    try await withTestDatabase(migrations: ControlSchema.migrators) { client in
      let secretKey = try #require(SecretKey(bytes: [UInt8](repeating: 7, count: 32)))
      let environment = ControlEnvironment(
        database: SiloDatabase(client), secretKey: secretKey, logger: Logger(label: "test"))
      _ = try await ControlInit.run(
        environment: environment, primaryRoot: try SigningKey(purpose: .root),
        recoveryRoot: try SigningKey(purpose: .recovery), development: true)
      try await ControlServer(environment: environment).sequencer.catchUp()
      try await body(client)
    }
  }

  @Test("what is found on a fresh control plane is what the test server is: fast, and asked by a superuser")
  func fresh() async throws {
    try await Self.withControl { client in
      #expect(Set(Self.codes(try await Self.facts(client))) == [.durabilityOff, .loginTooMighty])
      let facts = try await client.withConnection { try await ControlFacts.read(on: SiloConnection($0)) }
      let manifest = try #require(try facts.manifest.map { try Manifest(body: $0.content) })
      let now = Int64(Date().timeIntervalSince1970)
      #expect(
        ManifestDiagnosis(manifest: manifest, now: now, isDevelopment: true, signing: facts.signing).findings.isEmpty)
      #expect(facts.signing.count == 3, "control, stream and forward")
    }
  }

  @Test("rights that somebody granted or took, functions that somebody replaced, are named")
  func rights() async throws {
    try await Self.withControl { client in
      try await client.execute("GRANT SELECT ON control.password TO atoll_control_application")
      try await client.execute(
        """
        CREATE FUNCTION control.bad() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'
        """)
      let facts = try await Self.facts(client)
      #expect(facts.wideRights == ["SELECT control.password"])
      #expect(facts.unpinned == ["control.bad"])
      #expect(Set(Self.codes(facts)).isSuperset(of: [.rightsTooWide, .searchPathUnpinned]))
    }
  }

  @Test("an open transaction is seen, an old log, quarantined rows, dead letters, another identity")
  func holders() async throws {
    try await Self.withControl { client in
      try await client.execute(
        """
        INSERT INTO outbox.quarantine (stream, kind, key, code, generation, epoch, head)
        VALUES (7, 'member', 'x', 'NO_GRANT', 1, 1, 1)
        """)
      try await client.execute("UPDATE outbox.sequencer SET beat = beat - make_interval(secs => 60)")
      try await client.execute("UPDATE outbox.epoch SET system_identifier = 1")
      try await client.execute(
        """
        WITH w AS (INSERT INTO outbox.webhook (url, kinds, secrets) VALUES ('https://a.example', '{}', '{x}') RETURNING id)
        INSERT INTO outbox.webhook_delivery (webhook, kind, key, generation, epoch, head, removed, state)
        SELECT id, 'user', 'x', 1, 1, 1, false, 'dead' FROM w
        """)
      let facts = try await client.withTransaction { held in
        _ = try await held.query("SELECT pg_current_xact_id()")
        return try await Self.facts(client)
      }
      #expect(facts.sessions.contains { $0.state == "idle in transaction" })
      #expect(
        Set(Self.codes(facts)).isSuperset(of: [.rowsQuarantined, .sequencerStale, .epochMismatch, .webhooksDead]))
    }
  }

  @Test("open incidents, a halted rollout, and keys that are old or wait, as the service's role sees them")
  func upkeep() async throws {
    try await Self.withControl { client in
      try await client.execute(
        """
        INSERT INTO outbox.incident (stream, silo, kind, key, difference, columns)
        VALUES (0, 7, 'user', 'x', 'MISSING', '{}')
        """)
      try await client.execute(
        """
        WITH l AS (INSERT INTO control.locality (name) VALUES ('europe') RETURNING name)
        INSERT INTO control.region (id, number, name, locality, category, residency_tier, url, requires_approval, state)
        SELECT gen_random_uuid(), 7, 'eu', l.name, 'multi_tenant', 'full', 'https://eu.example', false, 'active' FROM l
        """)
      let secretKey = try #require(SecretKey(bytes: [UInt8](repeating: 7, count: 32)))
      let environment = ControlEnvironment(
        database: SiloDatabase(client), secretKey: secretKey, logger: Logger(label: "test"))
      try await TokenKeys(environment: environment).announceNext(by: .system)
      try await client.execute("UPDATE control.token_key_secret SET announced = announced - make_interval(days => 500)")
      try await client.execute("UPDATE control.signing_key SET created = created - make_interval(days => 500)")
      try await client.execute(
        """
        WITH i AS (INSERT INTO control.gated_item (kind, name) VALUES ('feature_flag', 'checkout') RETURNING kind, name),
        v AS (
          INSERT INTO control.ring_revision (id, kind, name, number, value, note, created_by)
          SELECT gen_random_uuid(), i.kind, i.name, 1, 'true', '', 'x' FROM i RETURNING id, kind, name
        )
        INSERT INTO control.ring_rollout (id, kind, name, revision, automatic, created_by, state, code, region_number)
        SELECT gen_random_uuid(), v.kind, v.name, v.id, true, 'x', 'halted', 'BAD_ROW', 7 FROM v
        """)
      var configuration = client.configuration
      configuration.sessionSettings["role"] = "atoll_control_service"
      let service = PostgresClient(
        configuration: configuration, pool: PoolLimits(maximumConnections: 2), logger: Logger(label: "test"))
      defer { service.shutdown() }
      #expect(Self.codes(try await Self.facts(service)).contains(.incidentsOpen))
      let facts = try await service.withConnection { try await ControlFacts.read(on: SiloConnection($0)) }
      let halted = facts.halted.map(DoctorControlCommand.finding)
      #expect(halted.map(\.seen) == ["revision 1 of feature_flag/checkout is halted: BAD_ROW, region 7"])
      let manifest = try facts.manifest.map { try Manifest(body: $0.content) }
      let keys = KeyDiagnosis(keys: facts.keys, manifest: manifest, lackingManifest: facts.lackingManifest).findings
      #expect(keys.map(\.code).filter { $0 == .keyWaiting }.count == 1)
      #expect(keys.first { $0.code == .keyWaiting }?.seen.contains("eu lack it") ?? false)
      #expect(keys.map(\.code).filter { $0 == .keyOverdue }.count == 4, "access tokens, control, stream and forward")
    }
  }

  @Test("a witness that saw more than the database holds is found")
  func witness() async throws {
    try await Self.withControl { client in
      let path = "/tmp/atoll-witness-\(UUID().uuidString.prefix(8))"
      try "99 \(String(repeating: "a", count: 32)) 5\n".write(toFile: path, atomically: true, encoding: .utf8)
      defer { unlinkQuietly(path) }
      let facts = try await client.withConnection { connection in
        try await DatabaseFactsStore(silo: "control", schemas: ["control"], witness: LogWitness(path: path))
          .read(on: connection, pause: .milliseconds(1))
      }
      #expect(Self.codes(facts).contains(.witnessMismatch))
    }
  }

  private static func examine(_ configuration: PostgresConfiguration) async throws -> [DoctorCode] {
    let host = try #require(configuration.hosts.first)
    let text = "host=\(host.name) port=\(host.port) user=\(configuration.user) dbname=\(configuration.database)"
    let settings = try Settings(flags: [.database: text, .development: "true"], environment: [:])
    let examination = try SiloExamination(silo: .control, settings: settings)
    defer { examination.client.shutdown() }
    return await examination.findings(pause: .milliseconds(1)) { _ in [] }.map(\.code)
  }

  @Test("a database that is away, empty, newer or changed is said to be that, and nothing is asked that is not there")
  func schemas() async throws {
    try await withTestDatabase { (client: PostgresClient) async throws -> Void in
      let empty = try await Self.examine(client.configuration)
      #expect(empty.contains(.schemaBehind))
      var elsewhere = client.configuration
      elsewhere.database = "no_such_database"
      let missing = try await Self.examine(elsewhere)
      #expect(missing == [.databaseUnreachable])
      elsewhere.hosts = [.init("127.0.0.1", port: 1)]
      let away = try await Self.examine(elsewhere)
      #expect(away == [.databaseUnreachable])
    }
    try await Self.withControl { client in
      #expect(try await !Self.examine(client.configuration).contains(.schemaBehind))
      try await client.execute("UPDATE control.migration SET sha256 = 'x' WHERE version = 1")
      #expect(try await Self.examine(client.configuration).contains(.schemaChanged))
      try await client.execute("INSERT INTO outbox.migration (version, name, sha256) VALUES (10000, 'later', 'x')")
      #expect(try await Self.examine(client.configuration).contains(.schemaNewer))
    }
  }

  @Test("a setting that no server takes is a finding, and a database that is not named too")
  func settings() throws {
    #expect(throws: CommandFailure.self) { try Settings(flags: [:], environment: ["ATOLL_METRIC_ADDRESS": "x"]) }
    let settings = try Settings(flags: [.metricsAddress: "nonsense"], environment: [:])
    let served = try #require(ListenAddress("127.0.0.1:8400"))
    #expect(throws: CommandFailure.self) { try SiloPlace.metricsAddress(settings, beside: served) }
  }

  @Test(
    "metrics stand beside the served port on loopback, where the settings say, or nowhere",
    arguments: [
      (nil, "0.0.0.0:8400", "127.0.0.1:9400"), (nil, "127.0.0.1:65000", "127.0.0.1:64000"),
      (nil, "127.0.0.1:0", "127.0.0.1:0"), ("off", "127.0.0.1:8400", nil),
      ("10.0.0.1:99", "127.0.0.1:1", "10.0.0.1:99"),
    ] as [(String?, String, String?)])
  func metricsAddress(given: String?, served: String, expected: String?) throws {
    var flags: [Setting: String] = [:]
    if let given { flags[.metricsAddress] = given }
    let settings = try Settings(flags: flags, environment: [:])
    let address = try SiloPlace.metricsAddress(settings, beside: try #require(ListenAddress(served)))
    #expect(address?.description == expected)
  }
}
