import FoundationEssentials
import NIOHTTP1
import Postgres
import SyncProtocol
import TestSupport
import Testing

@testable import atoll

@Suite(
  "Full disks", .serialized,
  .disabled(if: SmallDisk.obstacle != nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
struct DiskTests {
  @Test(
    "a full data disk is answered with 503 and storage-full, nothing is half done or skipped, and room heals everything"
  )
  func dataDisk() async throws {
    try await SmallDisk.with(megabytes: 96, at: Self.mountPoint()) { controlDisk in
      try await SmallDisk.with(megabytes: 96, at: Self.mountPoint()) { regionDisk in
        try await Islands.run(regions: ["eu"]) { islands in
          let eu = try islands.region("eu")
          let owner = try await Person.signUp(islands)
          var history = History(organization: try await owner.createOrganization(region: "eu"))
          try await Self.move(islands.control, to: controlDisk, islands)
          try await Self.move(eu, to: regionDisk, islands)
          _ = try await owner.enter(history.organization)
          try await Self.fillControl(controlDisk, owner, &history, islands)
          try await Self.fillRegion(regionDisk, owner, &history, islands)
          try await history.expectNothingQuarantined(islands)
          for folder in islands.layout.folders { #expect(islands.archipelago.process(of: folder)?.end == nil) }
        }
      }
    }
  }

  private static func fillControl(
    _ disk: SmallDisk, _ owner: Person, _ history: inout History, _ islands: Islands
  ) async throws {
    try disk.fill()
    let control = JSONClient(base: islands.layout.url(of: islands.control))
    func signUp(_ number: Int) async throws -> JSONClient.Answer {
      try await control.send(
        .POST, "/api/v1/signup",
        [
          "email": .string("full-\(number)@example.com"), "password": "correct horse battery staple",
          "name": .string(String(repeating: "x", count: 200)),
        ])
    }
    let refused = try await firstRefusal { try await signUp($0) }
    // While nothing can be written at control, eu goes on with its own.
    await history.work(as: owner, islands)
    disk.free()
    let again = try await eventually("the refused sign-up succeeds") {
      let answer = try await signUp(refused)
      return answer.status < 300 ? answer : answer.status == 503 ? nil : try #require(nil, "\(answer.body)")
    }
    #expect(again.status < 300, "nothing of the refused sign-up had been done")
    await history.work(as: owner, islands)
    try await history.check(islands, after: "control's data disk was full")
  }

  private static func fillRegion(
    _ disk: SmallDisk, _ owner: Person, _ history: inout History, _ islands: Islands
  ) async throws {
    let eu = try islands.region("eu")
    try disk.fill()
    let client = try await owner.region(of: history.organization.id)
    let other = try await Person.signUp(islands, name: "Olga")
    let path = "/api/0/organizations/\(history.organization.id)/teams"
    func team(_ number: Int) async throws -> JSONClient.Answer {
      try await client.send(.POST, path, ["slug": .string("team-\(number)"), "name": .string("Team")])
    }
    let refused = try await firstRefusal { try await team($0) }
    let before = try await cursors(eu, islands)
    // Control goes on; what it sends waits.
    await history.work(as: owner, islands)
    var waiting: [Person.Organization] = []
    for _ in 0..<3 { waiting.append(try await other.requestOrganization(region: "eu")) }
    for (lane, position) in try await cursors(eu, islands) { #expect(position >= before[lane] ?? 0) }
    disk.free()
    for organization in waiting {
      try await other.waitUntilDone(organization)
      _ = try await other.enter(organization)
    }
    try await eventually("the refused team can be made") { try await team(refused).status < 300 }
    try await history.check(islands, after: "eu's data disk was full")
  }

  /// The number of the first request that is refused because there is no room; how it is refused is checked.
  private static func firstRefusal(_ request: (Int) async throws -> JSONClient.Answer) async throws -> Int {
    for number in 0..<80 {
      let answer = try await request(number)
      if answer.status < 300 { continue }
      #expect(answer.status == 503)
      #expect(try answer.reader.field("type").string() == "urn:atoll:problem:storage-full")
      #expect(try answer.reader.field("detail").string().contains("free space"))
      return number
    }
    throw NotInTime(what: "a refusal on a full disk", last: "80 requests went through")
  }

  private static func cursors(_ folder: SiloFolder, _ islands: Islands) async throws -> [String: Int64] {
    let rows = try await islands.withDatabase(of: folder) {
      try await $0.query("SELECT stream::text || lane, position FROM outbox.cursor").decode((String, Int64).self)
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  /// Moves a silo's database to a tablespace on the disk; its WAL stays where it is. Every few rows need a new page from then on.
  private static func move(_ folder: SiloFolder, to disk: SmallDisk, _ islands: Islands) async throws {
    let place = "\(disk.path)/data"
    try await ServerPrograms.makeDirectory(place)
    await islands.archipelago.process(of: folder)?.stop()
    try await islands.withSuperuser(of: folder) { client in
      try await client.execute("CREATE TABLESPACE small LOCATION '\(raw: place)'")
      _ = try await client.execute("ALTER DATABASE atoll SET TABLESPACE small")
    }
    try await islands.withSuperuser(of: folder, database: "atoll") { client in
      _ = try await client.execute(
        """
        DO $$ DECLARE t regclass; BEGIN
          FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND n.nspname IN ('control', 'directory', 'outbox', 'region', 'replica')
          LOOP EXECUTE format('ALTER TABLE %s SET (fillfactor = 10)', t); END LOOP;
        END $$
        """)
    }
    try await islands.archipelago.start(folder)
  }

  static func mountPoint() -> String { "/tmp/atoll-disk-\(UUID().uuidString.prefix(8).lowercased())" }
}
