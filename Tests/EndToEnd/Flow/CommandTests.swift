import FoundationEssentials
import Logging
import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("The command line, as an operator uses it", .serialized)
struct CommandTests {
  @Test(
    "sets up control under a passphrase, enrols, approves and revokes a region, and says what to do about every wrong input"
  )
  func operators() async throws {
    let root = try Islands.temporaryDirectory()
    let layout = ArchipelagoLayout(root: root, basePort: try Islands.freePorts(2), regions: ["eu"])
    let databases = try Archipelago(
      layout: layout, executable: try Islands.binary(), environment: ProcessInfo.processInfo.environment,
      logger: Logger(label: "commands") { _ in SwiftLogNoOpLogHandler() })
    let shell = Shell(executable: try Islands.binary(), scratch: root)
    var servers: [ChildProcess] = []
    do {
      for folder in layout.folders { try await databases.startDatabase(folder) }
      let place = Place(shell: shell, layout: layout)
      try await place.initializeControl()
      servers.append(try await place.serve(layout.control))
      try await place.enrol()
      servers.append(try await place.serve(layout.regions[0]))
      try await place.webhooks()
      try await place.people()
      try await place.directory()
      try await place.rotateKeys()
      try await place.revoke()
      try await place.wrongSettings()
    } catch {
      for server in servers { await server.stop() }
      await databases.stop()
      Console.note("kept for a look: \(root)")
      throw error
    }
    for server in servers { await server.stop() }
    await databases.stop()
    try FileManager.default.removeItem(atPath: root)
  }
}

/// The steps, one after the other, over the same two silos.
private struct Place {
  let shell: Shell
  let layout: ArchipelagoLayout
  var control: SiloFolder { layout.control }
  var eu: SiloFolder { layout.regions[0] }
  var operation: [String] {
    ["--control-url", layout.url(of: control), "--operator-token-file", control.operatorToken]
  }

  private func secret(_ name: String, _ text: String) throws -> String {
    let path = "\(layout.root)/\(name)-\(UUID().uuidString.prefix(8))"
    try SecretFile(path: path).write(Array(text.utf8))
    return path
  }

  /// People of another system, a client that hears of logouts, and a key of ID tokens that was stolen.
  func people() async throws {
    let file = "\(layout.root)/users.jsonl"
    try SecretFile(path: file).write(
      Array(
        """
        {"email": "ada@example.com", "name": "Ada", "password_hash": "pbkdf2_sha256$150000$WJKY40uvSwMF$tavGAgQ0UoTRn4li/Gr/GW81G+p4m1QBG0yir+PE8ao="}

        {"email": "grace@", "name": "Grace"}

        """.utf8))
    let imported = try await shell.succeed(["user", "import", file] + operation)
    #expect(try imported.field("created").integer(in: 0...9) == 1)
    let refused = try imported.field("refused").array(maximum: 9)
    #expect(try refused.first?.field("line").integer(in: 0...9) == 3)
    #expect(try await shell.succeed(["user", "import", file] + operation).field("known").integer(in: 0...9) == 1)
    let login = try await JSONClient(base: layout.url(of: control)).call(
      .POST, "/api/v1/login", ["email": "ada@example.com", "password": "correct-horse-7-2"])
    #expect(try login.field("session_token").string().hasPrefix("atls_"))
    let bad = "\(layout.root)/bad.jsonl"
    try SecretFile(path: bad).write(Array(#"{"email": "ada@example.com"}"#.utf8))
    try await shell.fail(["user", "import", bad] + operation, .data, saying: "bad.jsonl:1")
    try await shell.fail(["user", "import", "\(layout.root)/none.jsonl"] + operation, .data, saying: "cannot be read")
    let client = try await shell.succeed(
      [
        "client", "create", "Wiki", "--redirect-uri", "https://wiki.example.com/callback", "--backchannel-logout-uri",
        "https://wiki.example.com/bye",
      ] + operation)
    #expect(try client.field("backchannel_logout_uri").string() == "https://wiki.example.com/bye")
    let rotate = ["client", "rotate-keys"] + operation
    #expect(try await shell.succeed(rotate).field("state").string() == "announced")
    #expect(try await shell.succeed(rotate).field("state").string() == "waiting")
    #expect(try await shell.succeed(rotate + ["--emergency"]).field("state").string() == "replaced")
  }

  /// A region and an organization's slug change while everything runs.
  func directory() async throws {
    let login = try await JSONClient(base: layout.url(of: control)).call(
      .POST, "/api/v1/login", ["email": "ada@example.com", "password": "correct-horse-7-2"])
    let ada = JSONClient(base: layout.url(of: control), token: try login.field("session_token").string())
    // On a customer's hardware: nobody's to choose until an operator opens it.
    let open = try await shell.succeed(["region", "set", "eu", "--accepts-organizations"] + self.operation)
    #expect(try open.field("accepts_organizations").bool())
    let made = try await ada.call(.POST, "/api/v1/organizations", ["slug": "acme", "region": "eu"])
    let operation = try made.field("operation").field("id").string()
    try await eventually("the region makes the organization") {
      let shown = try await ada.call(.GET, "/api/v1/operations/\(operation)")
      return try shown.field("operation").field("state").string() == "done"
    }
    let renamed = try await shell.succeed(["slug", "rename", "acme", "acme-2"] + self.operation)
    #expect(try renamed.field("organization").field("slug").string() == "acme-2")
    let rename = try renamed.field("operation").field("id").string()
    let token = try SecretFile(path: control.operatorToken).text(maximumBytes: 4096)
    let asOperator = JSONClient(base: layout.url(of: control), token: token)
    try await eventually("the region has the new slug") {
      let shown = try await asOperator.call(.GET, "/api/v1/operator/operations/\(rename)")
      return try shown.field("operation").field("state").string() == "done"
    }
    #expect(try await shell.succeed(["slug", "show", "acme"] + self.operation).field("state").string() == "resting")
    #expect(try await shell.succeed(["slug", "list"] + self.operation).field("resting").array(maximum: 9).count == 1)
    _ = try await shell.succeed(["slug", "free", "acme"] + self.operation)
    _ = try await shell.succeed(["slug", "reserve", "brand", "--reason", "ours"] + self.operation)
    try await shell.fail(["slug", "rename", "acme-2", "brand"] + self.operation, .data, saying: "slug")
    _ = try await shell.succeed(["slug", "unreserve", "brand"] + self.operation)
    try await shell.fail(["slug", "swap", "acme-2", "acme-2"] + self.operation, .data, saying: "swap")
    try await shell.fail(["project-key", "show", "abc"] + self.operation, .data, saying: "project key")

    let changed = try await shell.succeed(
      ["region", "set", "eu", "--gateway", "redirect", "--locality", "europe", "--no-visible"] + self.operation)
    #expect(try changed.field("gateway").string() == "redirect")
    #expect(try await ada.call(.GET, "/api/v1/regions").field("regions").array(maximum: 9).isEmpty)
    _ = try await shell.succeed(["region", "set", "eu", "--gateway", "allowed", "--visible"] + self.operation)
    try await shell.fail(["region", "set", "eu"] + self.operation, .usage, saying: "nothing to change")
    _ = try await shell.succeed(["locality", "set", "europe", "--label", "Europe"] + self.operation)
    #expect(
      try await shell.succeed(["locality", "list"] + self.operation).field("localities").array(maximum: 9).count == 2)
    let chosen = try await shell.succeed(["region", "default", "eu"] + self.operation)
    #expect(try chosen.field("region").string() == "eu")
    _ = try await shell.succeed(["region", "default", "--none"] + self.operation)
  }

  /// A whole rotation with the service's own rights in the database; the root signs from its file, under its passphrase.
  func rotateKeys() async throws {
    let (proposal, signed) = ("\(layout.root)/manifest.json", "\(layout.root)/manifest.signed")
    let manifest = ["control", "manifest"]
    func signing() async throws -> Set<String> {
      let keys = try await shell.succeed(manifest + ["show"] + operation).field("keys").array(maximum: 9)
      return try Set(keys.filter { try $0.field("signs").bool() }.map { try $0.field("thumbprint").string() })
    }
    // One of each purpose.
    let before = try await signing()
    try await shell.fail(
      manifest + ["propose", "--change", "replace", "--output", proposal] + operation, .data, saying: "revoke")
    _ = try await shell.succeed(manifest + ["propose", "--change", "rotate", "--output", proposal] + operation)
    let sign = manifest + ["sign", proposal, "--output", signed, "--root-key", "\(control.keys)/root-primary.json"]
    try await shell.fail(sign, .configuration, saying: "is encrypted")
    _ = try await shell.succeed(
      sign + ["--passphrase-file", try secret("passphrase", "correct horse battery staple")])
    _ = try await shell.succeed(manifest + ["publish", signed] + operation)
    try await shell.fail(manifest + ["publish", signed] + operation, .data, saying: "manifest")
    try await eventually("the new keys sign once the region believes their manifest") {
      let now = try await signing()
      return now.isDisjoint(with: before) && now.count == before.count
    }
    try await eventually("the region goes on under the new keys") {
      let shown = try await shell.succeed(["status"] + operation)
      return try shown.field("regions").array(maximum: 9).first?.field("sync").string() == "live"
    }
  }

  func initializeControl() async throws {
    let command = [
      "control", "init", "--data", control.keys, "--database-file", control.connectionFile(.service),
    ]
    try await shell.fail(command, .configuration, saying: "passphrase is not set")
    let open = try secret("passphrase", "correct horse battery staple")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
    try await shell.fail(command + ["--passphrase-file", open], .permission, saying: "chmod 600")
    try await shell.fail(
      command + ["--passphrase-file", "\(layout.root)/none"], .configuration, saying: "No such file")
    let right = try secret("passphrase", "correct horse battery staple")
    let made = try await shell.succeed(command + ["--passphrase-file", right])
    #expect(try made.field("pin").string().hasPrefix("sha256:"))
    for name in ["root-primary.json", "root-recovery.json"] {
      let file = try SecretFile(path: "\(control.keys)/\(name)").text(maximumBytes: 65_536)
      let document = JSONReader(try JSONParser.parse(Array(file.utf8)))
      #expect(try document.object()["private_key"] == nil, "\(name) is encrypted")
    }
    try await shell.fail(command + ["--passphrase-file", right], .data, saying: "is a control plane already")
    let wrong = try secret("passphrase", "another passphrase altogether")
    let refused = try await shell.run(command + ["--passphrase-file", wrong, "--json"])
    #expect(refused.exit != 0, "a wrong passphrase opens nothing")
    #expect(refused.errors.contains("passphrase"), "\(refused.errors)")
  }

  /// Starts a silo's server as production does, without `--development`.
  func serve(_ folder: SiloFolder) async throws -> ChildProcess {
    let arguments = layout.serveArguments(folder).filter { $0 != "--development" }
    let child = try ChildProcess(
      name: folder.name, executable: shell.executable, arguments: arguments,
      environment: ["PATH": "/usr/bin:/bin"], output: folder.log)
    let client = JSONClient(base: layout.url(of: folder))
    try await eventually("\(folder.name) is ready") {
      try #require(child.end == nil, "see \(folder.log)")
      return await client.isReady()
    }
    return child
  }

  func enrol() async throws {
    try await registry()
    let pin = try SecretFile(path: control.rootPin).text(maximumBytes: 256)
    func join(token: String, pin: String, into directory: String, region: String = "eu") throws -> [String] {
      [
        "region", "join", layout.url(of: control), "--join-token-file", try secret("join", token), "--pin", pin,
        "--data",
        directory, "--region", region,
      ]
    }
    let token = try await shell.succeed(["region", "token", "eu"] + operation).field("token").string()
    let other = "sha256:" + String(repeating: "0", count: 64)
    try await shell.fail(try join(token: token, pin: other, into: eu.keys), .permission, saying: "pin")
    try await shell.fail(try join(token: token, pin: "md5:1", into: eu.keys), .usage, saying: "pin")
    try await shell.fail(try join(token: "nonsense", pin: pin, into: eu.keys), .usage, saying: "token")
    let flipped = String(token.dropLast()) + (token.hasSuffix("A") ? "B" : "A")
    let forged = try await shell.run(try join(token: flipped, pin: pin, into: eu.keys))
    #expect([64, 77].contains(forged.exit), "\(forged.errors)")
    try await shell.fail(
      ["region", "join", layout.url(of: control), "--pin", pin, "--data", eu.keys], .configuration, saying: "token")
    let joined = try await shell.succeed(try join(token: token, pin: pin, into: eu.keys))
    #expect(try joined.field("state").string() == "pending", "a customer's region waits for approval")
    let fingerprint = try joined.field("fingerprint").string()
    try await shell.fail(
      try join(token: token, pin: pin, into: "\(layout.root)/second"), .permission, saying: "token")
    let approve = ["region", "approve", "eu", "--fingerprint"]
    try await shell.fail(approve + [other] + operation, .data, saying: "approv")
    _ = try await shell.succeed(approve + [fingerprint] + operation)
    try await shell.fail(approve + [fingerprint] + operation, .data, saying: "approv")
  }

  private func registry() async throws {
    let create = ["region", "create", "eu", "--category", "customer_hosted", "--url"]
    try await shell.fail(create + ["ftp://x"] + operation, .data, saying: "not valid")
    try await shell.fail(
      create + [layout.url(of: eu), "--control-url", layout.url(of: control)], .configuration, saying: "operator.token")
    let wrong = try secret("operator", "atop_nonsense")
    try await shell.fail(
      create + [layout.url(of: eu), "--control-url", layout.url(of: control), "--operator-token-file", wrong],
      .permission, saying: "credential")
    try await shell.fail(
      create + [
        layout.url(of: eu), "--control-url", "http://127.0.0.1:1", "--operator-token-file", control.operatorToken,
      ],
      .unavailable, saying: "no answer")
    _ = try await shell.succeed(create + [layout.url(of: eu)] + operation)
    try await shell.fail(create + [layout.url(of: eu)] + operation, .data, saying: "exists")
    try await shell.fail(["region", "token", "nowhere"] + operation, .data, saying: "no such region")
    try await auditor()
    let listed = try await shell.succeed(["region", "list"] + operation).field("regions").array(maximum: 10)
    #expect(try listed.map { try $0.field("name").string() } == ["eu"])
  }

  /// Sees everything and changes nothing.
  private func auditor() async throws {
    let owner = JSONClient(
      base: layout.url(of: control), token: try SecretFile(path: control.operatorToken).text(maximumBytes: 256))
    let made = try await owner.call(.POST, "/api/v1/operator/operators", ["name": "eyes", "role": "auditor"])
    let file = try secret("auditor", try made.field("token").string())
    let options = ["--control-url", layout.url(of: control), "--operator-token-file", file]
    _ = try await shell.succeed(["region", "list"] + options)
    _ = try await shell.succeed(["status"] + options)
    try await shell.fail(["region", "token", "eu"] + options, .permission, saying: "role")
  }

  func webhooks() async throws {
    let options = ["--data", eu.keys, "--database-file", eu.connectionFile(.service)]
    let added = try await shell.succeed(["webhook", "add", "http://127.0.0.1:9/x"] + options + ["--kinds", "user"])
    let id = try added.field("id").string()
    #expect(try added.field("secret").string().hasPrefix("whsec_"))
    let listed = try await shell.succeed(["webhook", "list"] + options).field("endpoints").array(maximum: 10)
    #expect(try listed.map { try $0.field("id").string() } == [id])
    _ = try await shell.succeed(["webhook", "replay", id] + options)
    let bad = try await shell.run(["webhook", "add", "ftp://example.com"] + options)
    #expect(bad.exit != 0 && bad.errors.split(separator: "\n").count == 1, "\(bad.errors)")
    try await shell.fail(["webhook", "remove", "seven"] + options, .usage, saying: "atoll webhook list")
    try await shell.fail(["webhook", "replay", UUID().uuidString] + options, .data, saying: "no such endpoint")
    _ = try await shell.succeed(["webhook", "remove", id] + options)
    try await shell.fail(["webhook", "remove", id] + options, .data, saying: "no such endpoint")
    try await shell.fail(["webhook", "list", "--data", eu.keys], .configuration, saying: "database is not set")
  }

  func revoke() async throws {
    try await eventually("eu is connected") { try await sessions() == 1 }
    try await shell.fail(["region", "revoke", "nowhere"] + operation, .data, saying: "no such region")
    _ = try await shell.succeed(["region", "revoke", "eu"] + operation)
    #expect(try await sessions() == 0, "revocation cuts the live session at once")
    let listed = try await shell.succeed(["region", "list"] + operation).field("regions").array(maximum: 10)
    #expect(listed.count == 1)
  }

  private func sessions() async throws -> Int64 {
    let url = try SecretFile(path: control.connectionFile(.owner)).text(maximumBytes: 1024)
    let client = PostgresClient(
      configuration: try PostgresConfiguration(connectionString: url), logger: Logger(label: "commands"))
    defer { client.shutdown() }
    return try await client.query("SELECT count(*) FROM control.agent_session").only().decode(Int64.self)
  }

  func wrongSettings() async throws {
    let status = ["status"] + operation
    try await shell.fail(
      status, .configuration, saying: "did you mean ATOLL_SILO_MODE?", ["ATOLL_SILO_MOD": "control"])
    let file = "\(layout.root)/unknown.json"
    try Data(#"{"lisen": "x"}"#.utf8).write(to: URL(filePath: file))
    try await shell.fail(status + ["--config", file], .configuration, saying: "lisen")
    try await shell.fail(
      ["control", "serve", "--data", control.keys, "--database-file", control.connectionFile(.service)], .configuration,
      saying: "set up as region", ["ATOLL_SILO_MODE": "region"])
    try await shell.fail(
      ["migrate", "control", "--database", "postgres://a:secret@127.0.0.1/x"], .usage, saying: "must not hold")
    try await shell.fail(
      ["migrate", "control"], .unavailable, saying: "database", ["ATOLL_DATABASE": "postgres://a@127.0.0.1:1/x"])
    #expect(try await shell.run(["status", "--no-such-flag"]).exit == 64)
    #expect(try await shell.run(["no-such-command"]).exit == 64)
  }
}
