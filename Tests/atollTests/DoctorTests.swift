import Foundation
import Glibc
import Logging
import Postgres
import RegionAgent
import Silo
import SyncProtocol
import TestSupport
import Testing

@testable import ControlPlane
@testable import Outbox
@testable import atoll

@Suite("The doctor's judgement")
struct DoctorTests {
  /// A database with which nothing is wrong.
  static func healthy() -> DatabaseFacts {
    var facts = DatabaseFacts()
    facts.version = 150_003
    facts.user = "control_service"
    facts.settings = [
      "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "wal_level": "replica",
      "max_connections": "100", "superuser_reserved_connections": "3", "statement_timeout": "0",
    ]
    facts.isSameDatabase = true
    facts.log = log()
    return facts
  }

  static func log(pending: Int64 = 0, heartbeat: Double = 0.5) -> LagStore.Log {
    LagStore.Log(
      epoch: 1, head: 100, pending: pending, heartbeatAge: heartbeat, quarantined: 0, nacks: 0, completeAge: 1)
  }

  static func codes(_ change: (inout DatabaseFacts) -> Void) -> [DoctorCode] {
    var facts = healthy()
    change(&facts)
    let database = DatabaseDiagnosis(facts: facts, poolSize: 12, isDevelopment: false).findings
    return (database + LogDiagnosis(facts: facts).findings).map(\.code)
  }

  @Test("nothing is found where nothing is wrong")
  func nothing() { #expect(Self.codes { _ in } == []) }

  @Test("every fact of a database that is wrong is found, and nothing else with it")
  func database() throws {
    let region = try #require(SiloNumber(7))
    let cases: [(DoctorCode, (inout DatabaseFacts) -> Void)] = [
      (.databaseTooOld, { $0.version = 130_012 }),
      (.durabilityOff, { $0.settings["fsync"] = "off" }),
      (.durabilityOff, { $0.settings["full_page_writes"] = "off" }),
      (.durabilityOff, { $0.settings["synchronous_commit"] = "off" }),
      (.walLevelMinimal, { $0.settings["wal_level"] = "minimal" }),
      (.connectionsShort, { $0.connectionsUsed = 86 }),
      (.statementTimeoutShort, { $0.settings["statement_timeout"] = "5000" }),
      (.clockSkewDatabase, { $0.clockDifference = -6 }),
      (.roleMissing, { $0.missingRoles = ["atoll_control_application"] }),
      (.rightsMissing, { $0.missingRights = ["SELECT outbox.sequencer"] }),
      (.rightsTooWide, { $0.wideRights = ["SELECT control.password"] }),
      (.loginTooMighty, { $0.isSuperuser = true }),
      (.loginTooMighty, { $0.isOwner = true }),
      (.searchPathUnpinned, { $0.unpinned = ["outbox.append"] }),
      (.rightsLimitedView, { $0.seesSessions = false }),
      (.idleInTransaction, { $0.sessions = [.init(state: "idle in transaction", seconds: 61)] }),
      (.snapshotHeld, { $0.sessions = [.init(state: "active", seconds: 301)] }),
      (.preparedTransaction, { $0.prepared = [61] }),
      (.slotInactive, { $0.slots = [.init(name: "s", isActive: false, retainedBytes: 1 << 30)] }),
      (.sequencerMissing, { $0.log = nil }),
      (.sequencerStale, { $0.log = Self.log(heartbeat: 5.1) }),
      (.sequencerFlapping, { $0.fences = (3, 5) }),
      (.pendingBacklog, { $0.log = Self.log(pending: 100_001) }),
      (.retentionNear, { $0.receivers = [.init(silo: region, lane: "main", rows: 4_800_001)] }),
      (.rowsQuarantined, { $0.refused = [.init(code: "BAD_ROW", count: 2, isReported: false)] }),
      (.incidentsOpen, { $0.openIncidents = 1 }),
      (.webhooksDead, { $0.deadWebhooks = 1 }), (.epochMismatch, { $0.isSameDatabase = false }),
      (.witnessMismatch, { $0.witnessDisagrees = true }),
    ]
    for (code, change) in cases { #expect(Self.codes(change) == [code]) }
  }

  @Test("what is near a bound and not beyond it is not found")
  func bounds() {
    #expect(Self.codes { $0.sessions = [.init(state: "idle in transaction", seconds: 60)] } == [])
    #expect(Self.codes { $0.sessions = [.init(state: "active", seconds: 300)] } == [])
    #expect(Self.codes { $0.connectionsUsed = 85 } == [])
    #expect(Self.codes { $0.log = Self.log(pending: 100_000, heartbeat: 5) } == [])
    #expect(Self.codes { $0.slots = [.init(name: "s", isActive: true, retainedBytes: 1 << 40)] } == [])
    #expect(Self.codes { $0.settings["statement_timeout"] = "20000" } == [])
  }

  @Test("servers for development may be fast instead of safe")
  func development() throws {
    var facts = Self.healthy()
    facts.settings["fsync"] = "off"
    let findings = DatabaseDiagnosis(facts: facts, poolSize: 12, isDevelopment: true).findings
    #expect(findings.map(\.severity) == [.warning])
  }

  @Test("a manifest is missed, counted down, expired, and compared with the keys in use")
  func manifest() throws {
    func codes(_ manifest: Manifest?, at now: Int64, signing: [String] = []) -> [DoctorCode] {
      ManifestDiagnosis(manifest: manifest, now: now, isDevelopment: false, signing: signing).findings.map(\.code)
    }
    let key = try SigningKey(purpose: .control)
    let manifest = try Self.manifest(keys: [KnownKey(key: key.verificationKey, purpose: .control)])
    #expect(codes(nil, at: 0) == [.manifestMissing])
    #expect(codes(manifest, at: 1000, signing: [key.keyid]) == [])
    #expect(codes(manifest, at: manifest.expires - Manifest.warningSeconds - 1) == [])
    #expect(codes(manifest, at: manifest.expires - Manifest.warningSeconds) == [.manifestExpiring])
    #expect(codes(manifest, at: manifest.expires) == [.manifestExpired])
    #expect(codes(try Self.manifest(development: true), at: 1000) == [.manifestDevelopment])
    #expect(codes(manifest, at: 1000, signing: [try SigningKey(purpose: .control).keyid]) == [.signingKeyUnannounced])
    let retired = try Self.manifest(keys: [KnownKey(key: key.verificationKey, purpose: .control, state: .retired)])
    #expect(codes(retired, at: 1000, signing: [key.keyid]) == [.signingKeyUnannounced])
  }

  @Test("a key that signed too long is found, and one that was announced and does not sign, with who lacks it")
  func keys() throws {
    let key = try SigningKey(purpose: .control)
    let manifest = try Self.manifest(keys: [KnownKey(key: key.verificationKey, purpose: .control)])
    func findings(
      _ use: KeyAgeStore.Use, days: Double, isNext: Bool = false, lacking: [String] = [], id: String? = nil
    ) -> [Finding] {
      let age = KeyAgeStore.Age(
        use: use, id: id ?? key.keyid, isNext: isNext, seconds: days * 86_400, lacking: lacking)
      return KeyDiagnosis(keys: [age], manifest: manifest, lackingManifest: ["us"]).findings
    }
    for use in KeyAgeStore.Use.allCases {
      let longest = use == .idTokens ? 120.0 : 400.0
      #expect(findings(use, days: longest).isEmpty)
      #expect(findings(use, days: longest + 1).map(\.code) == [.keyOverdue])
      #expect(findings(use, days: 2, isNext: true).isEmpty)
      #expect(findings(use, days: 3, isNext: true).map(\.code) == [.keyWaiting])
    }
    #expect(
      findings(.accessTokens, days: 3, isNext: true, lacking: ["eu", "us"]).first?.seen.contains("eu, us lack it")
        ?? false)
    #expect(findings(.accessTokens, days: 3, isNext: true).first?.seen.contains("no region lacks it") ?? false)
    #expect(findings(.manifest, days: 3, isNext: true).first?.seen.contains("control key") ?? false)
    #expect(findings(.manifest, days: 3, isNext: true).first?.seen.contains("us lack it") ?? false)
    // Proposed, and announced by no manifest: nobody waits for it.
    #expect(findings(.manifest, days: 3, isNext: true, id: String(repeating: "A", count: 43)).isEmpty)
  }

  static func manifest(development: Bool = false, keys: [KnownKey] = []) throws -> Manifest {
    try #require(
      Manifest(
        version: 1, issued: 1000, expires: 1000 + Manifest.lifetimeSeconds, development: development,
        primaryRoot: SigningKey(purpose: .root).verificationKey,
        recoveryRoot: SigningKey(purpose: .recovery).verificationKey, keys: keys))
  }

  @Test("secret files that others may read, that belong to others or are missing are found, and roots on the server")
  func files() throws {
    let directory = "/tmp/atoll-doctor-\(UUID().uuidString.prefix(8))"
    try DataDirectory.create(directory, mode: 0o700)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    func codes(development: Bool = false, user: uid_t = getuid()) -> [DoctorCode] {
      FileDiagnosis(directory: directory, user: user, isDevelopment: development).findings.map(\.code)
        .filter { $0 != .diskNearlyFull }
    }
    #expect(codes() == [.secretFileMissing])
    try SecretFile(path: "\(directory)/secret.key").write([1])
    #expect(codes() == [])
    #expect(codes(user: getuid() + 1) == [.secretFileOpen])
    #expect(chmod("\(directory)/secret.key", 0o640) == 0)
    #expect(codes() == [.secretFileOpen])
    #expect(chmod("\(directory)/secret.key", 0o600) == 0)
    try SecretFile(path: "\(directory)/root-primary.json").write([1])
    #expect(codes() == [.rootKeyOnServer])
    let tolerated = FileDiagnosis(directory: directory, isDevelopment: true).findings.filter {
      $0.code == .rootKeyOnServer
    }
    #expect(tolerated.map(\.severity) == [.note])
    #expect(chmod(directory, 0o777) == 0)
    #expect(codes().contains(.secretFileOpen))
  }

  @Test("a disk with less than a tenth or a gigabyte left is nearly full; a small one with half of it left is not")
  func disk() {
    func found(_ free: UInt64, _ size: UInt64) -> Bool {
      !FileDiagnosis.disk("/", free: free << 20, size: size << 20).isEmpty
    }
    #expect(found(9 << 10, 100 << 10))
    #expect(!found(11 << 10, 100 << 10))
    #expect(found(900, 5 << 10))
    #expect(!found(400, 600))
    #expect(FileDiagnosis.disk("/no/such/path").isEmpty)
  }

  @Test(
    "each state of a region is its own finding, and live is none",
    arguments: [
      (SyncState.live, nil), (.joining, .regionJoining), (.degraded, .regionDegraded), (.stalled, .regionStalled),
      (.needsSnapshot, .regionNeedsSnapshot), (.revoked, .regionRevoked),
    ] as [(SyncState, DoctorCode?)])
  func regions(state: SyncState, expected: DoctorCode?) {
    let region = ControlFacts.Region(name: "eu", url: "https://eu.example.com", state: state, isActive: true)
    #expect(DoctorControlCommand.finding(region)?.code == expected)
  }

  @Test("a region that applied nothing is joining, one that hears nothing is stalled")
  func applied() {
    func lane(_ applied: Double, _ complete: Double?) -> LagStore.Applied {
      LagStore.Applied(
        stream: .control, lane: .main, position: 1, head: 1, appliedAge: applied, completeAge: complete)
    }
    #expect(DoctorRegionCommand.applied([]).map(\.code) == [.regionJoining])
    #expect(DoctorRegionCommand.applied([lane(1, 2)]).isEmpty)
    #expect(DoctorRegionCommand.applied([lane(1, 61)]).map(\.code) == [.regionStalled])
    #expect(DoctorRegionCommand.applied([lane(61, nil)]).map(\.code) == [.regionStalled])
  }

  @Test("control behind another root is not trusted, its clock is compared, and its own root is fine")
  func trust() throws {
    let root = try SigningKey(purpose: .root)
    let ours = try #require(
      Manifest(
        version: 1, issued: 1000, expires: 1_000_000, development: false, primaryRoot: root.verificationKey,
        recoveryRoot: SigningKey(purpose: .recovery).verificationKey, keys: []))
    let reach = ControlReach(url: "https://control.example.com", trusted: ours, isDevelopment: false, now: 784_111_777)
    let signed = try SignedManifest(ours, roots: [root])
    #expect(reach.judge(signed, date: "Sun, 06 Nov 1994 08:49:37 GMT").isEmpty)
    #expect(reach.judge(signed, date: "Sun, 06 Nov 1994 08:51:00 GMT").map(\.code) == [.clockSkewPeer])
    #expect(reach.judge(signed, date: nil, versions: "1").isEmpty)
    #expect(reach.judge(signed, date: nil, versions: "1,2").isEmpty)
    for unread in ["", "1;2", "0", "x"] { #expect(reach.judge(signed, date: nil, versions: unread).isEmpty) }
    let newer = reach.judge(signed, date: nil, versions: "2,3")
    #expect(newer.map(\.code) == [.versionIncompatible])
    #expect(newer.first?.seen.contains("2,3") == true)
    let foreign = try SigningKey(purpose: .root)
    let other = try #require(
      Manifest(
        version: 2, issued: 1000, expires: 1_000_000, development: false, primaryRoot: foreign.verificationKey,
        recoveryRoot: SigningKey(purpose: .recovery).verificationKey, keys: []))
    #expect(
      reach.judge(try SignedManifest(other, roots: [foreign]), date: nil).map(\.code) == [.controlNotTrusted])
  }

  @Test("a name that does not resolve, a port that nobody listens on, and a server that is no control are told apart")
  func reach() async {
    func codes(_ url: String) async -> [DoctorCode] {
      await ControlReach(url: url, trusted: nil, isDevelopment: false, now: 0).findings().map(\.code)
    }
    #expect(await codes("https://nowhere.invalid") == [.controlNameUnknown])
    #expect(await codes("http://127.0.0.1:1") == [.controlUnreachable])
    #expect(ControlReach.host("https://[::1]:8400/x") == "::1")
    #expect(ControlReach.host("https://a.example.com:1") == "a.example.com")
  }

  @Test("an application that does not answer is found, by port and by socket")
  func upstream() async {
    for target in ["http://127.0.0.1:1", "unix:/nowhere/application.sock"] {
      let found = await UpstreamReach(target: target).findings()
      #expect(found.map(\.code) == [.upstreamUnreachable])
      #expect(found.first?.seen.contains(target) == true)
    }
  }

  @Test("an address that does not answer is found by region")
  func urls() async {
    let region = ControlFacts.Region(name: "eu", url: "http://127.0.0.1:1", state: .live, isActive: true)
    let found = await DoctorControlCommand.unreachable([region])
    #expect(found.map(\.code) == [.urlUnreachable])
    #expect(found.first?.seen.contains("eu") == true)
  }

  @Test("notes are well, warnings exit with 1 and errors with 2, the gravest first, each finding once")
  func report() throws {
    let error = Finding(.sequencerStale, "x")
    let warning = Finding(.retentionNear, "y")
    let note = Finding(.regionJoining, "z")
    #expect(DoctorReport(silo: "control", findings: []).exitCode == 0)
    #expect(DoctorReport(silo: "control", findings: [note]).exitCode == 0)
    #expect(DoctorReport(silo: "control", findings: [note, warning]).exitCode == 1)
    let report = DoctorReport(silo: "control", findings: [note, warning, error, error])
    #expect(report.exitCode == 2)
    #expect(report.findings == [error, warning, note])
    let json = JSONReader(report.result.json)
    let first = try json.field("findings").array(maximum: 10)[0]
    #expect(try first.field("code").string() == "SEQUENCER_STALE")
    #expect(try first.field("page").string() == "docs/doctor/SEQUENCER_STALE.md")
    #expect(try json.field("exit_code").integer(in: 0...2) == 2)
  }

  @Test("a map on disk that is older than what the directory has is found, and nothing else is")
  func directory() throws {
    #expect(DirectoryDiagnosis(changed: 100, written: 106).findings.map(\.code) == [.directoryFileBehind])
    #expect(DirectoryDiagnosis(changed: 100, written: 104).findings.isEmpty)
    #expect(DirectoryDiagnosis(changed: 100, written: 3).findings.isEmpty)
    #expect(DirectoryDiagnosis(changed: nil, written: 1e6).findings.isEmpty)
    #expect(DirectoryDiagnosis(changed: 100, written: nil).findings.isEmpty)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("atoll-doctor-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(DirectoryDiagnosis(changed: 100, directory: folder).findings.isEmpty)
    let file = folder + "/directory.map"
    try Data().write(to: URL(fileURLWithPath: file))
    #expect(DirectoryDiagnosis(changed: 100, directory: folder).findings.isEmpty)
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: file)
    #expect(DirectoryDiagnosis(changed: 100, directory: folder).findings.map(\.code) == [.directoryFileBehind])
    try FileManager.default.removeItem(atPath: folder)
  }

  @Test("every code has a page with its severity, and every page is of a code")
  func pages() throws {
    let pages = try ForgottenPiecesTests.files(under: "docs/doctor", suffix: ".md")
      .compactMap { $0.split(separator: "/").last?.dropLast(3) }.map(String.init).filter { $0 != "README" }
    #expect(Set(pages) == Set(DoctorCode.allCases.map(\.rawValue)))
    let index = try ForgottenPiecesTests.text("docs/doctor/README.md")
    for code in DoctorCode.allCases {
      let page = try ForgottenPiecesTests.text(code.page)
      #expect(page.hasPrefix("# \(code.rawValue)\n\nSeverity: \(code.severity.rawValue)\n"), "\(code.page)")
      #expect(page.contains("\n## Mend\n"), "\(code.page) does not say what to do")
      #expect(index.contains("[\(code.rawValue)]"), "docs/doctor/README.md does not list \(code.rawValue)")
    }
  }

  @Test("HTTP dates are read in their one current form")
  func dates() {
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
    for text in [
      "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 PST",
    ] {
      #expect(HTTPDate.seconds(text) == nil)
    }
  }
}
