import ControlPlane
import FoundationEssentials
import Silo
import Testing
import Web

@testable import atoll

@Suite("Settings")
struct SettingsTests {
  @Test("a flag wins over the environment, and the environment over the file")
  func precedence() throws {
    let file = try Self.file(#"{"listen": "127.0.0.1:1", "silo": {"mode": "control"}, "data": "/file"}"#)
    let settings = try Settings(
      flags: [.config: file, .listen: "127.0.0.1:3"],
      environment: ["ATOLL_LISTEN": "127.0.0.1:2", "ATOLL_DATA": "/environment"])
    #expect(settings.string(.listen) == "127.0.0.1:3")
    #expect(settings.string(.data) == "/environment")
    #expect(settings.string(.siloMode) == "control")
    #expect(settings.string(.region) == nil)
  }

  @Test("a misspelt variable is an error that names the nearest known one")
  func unknownVariable() {
    let failure = #expect(throws: CommandFailure.self) {
      try Settings(flags: [:], environment: ["ATOLL_SILO_MOD": "control"])
    }
    #expect(failure?.message.contains("did you mean ATOLL_SILO_MODE?") == true)
    #expect(failure?.code == .configuration)
  }

  @Test(
    "an unknown key in the file is an error",
    arguments: [#"{"lisen": "x"}"#, #"{"silo": {"modus": "x"}}"#, #"{"listen": ["x"]}"#])
  func unknownKey(text: String) throws {
    let path = try Self.file(text)
    #expect(throws: CommandFailure.self) { try Settings(flags: [.config: path], environment: [:]) }
  }

  @Test(
    "a file that is not strict JSON is refused",
    arguments: [#"{"listen": "x",}"#, #"{"listen": "a", "listen": "b"}"#, "", "[]"])
  func notStrict(text: String) throws {
    let path = try Self.file(text)
    #expect(throws: CommandFailure.self) { try Settings(flags: [.config: path], environment: [:]) }
  }

  @Test("a secret in the configuration file is refused")
  func secretInFile() throws {
    let path = try Self.file(#"{"passphrase": "correct horse battery"}"#)
    let failure = #expect(throws: CommandFailure.self) { try Settings(flags: [.config: path], environment: [:]) }
    #expect(failure?.message.contains("battery") == false)
  }

  @Test("a secret comes from a file that only its owner may read")
  func secretFile() throws {
    let path = try Self.file("postgres://a:b@127.0.0.1/c\n")
    let settings = try Settings(flags: [.databaseFile: path], environment: [:])
    #expect(try settings.required(.database) == "postgres://a:b@127.0.0.1/c")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let failure = #expect(throws: CommandFailure.self) { try settings.required(.database) }
    #expect(failure?.advice == "run chmod 600 \(path)")
  }

  @Test("a missing value is an error that names the flag and the variable")
  func missing() throws {
    let settings = try Settings(flags: [:], environment: [:])
    let failure = #expect(throws: CommandFailure.self) { try settings.required(.database) }
    #expect(failure?.advice.contains("--database-file or ATOLL_DATABASE") == true)
  }

  @Test("values outside their range or set are refused", arguments: ["0", "201", "x", "1e1"])
  func badNumber(text: String) throws {
    let settings = try Settings(flags: [.poolSize: text, .development: text], environment: [:])
    #expect(throws: CommandFailure.self) { try settings.integer(.poolSize, default: 10, in: 2...200) }
    if text != "0" { #expect(throws: CommandFailure.self) { try settings.bool(.development) } }
  }

  @Test(
    "costs of passwords and the time of strict transport are numbers within bounds, with good ones where nothing is set"
  )
  func security() throws {
    func settings(_ environment: [String: String]) throws -> Settings {
      try Settings(flags: [:], environment: environment)
    }
    #expect(try settings([:]).passwordCosts() == .standard)
    let costs = try settings(["ATOLL_PASSWORD_MEMORY_KIB": "65536", "ATOLL_PASSWORD_PASSES": "3"]).passwordCosts()
    #expect(costs.memoryKiB == 65_536 && costs.passes == 3)
    for (memory, passes) in [("7168", "2"), ("19456", "1"), ("200000", "2"), ("19456", "17"), ("x", "2")] {
      let wrong = try settings(["ATOLL_PASSWORD_MEMORY_KIB": memory, "ATOLL_PASSWORD_PASSES": passes])
      #expect(throws: CommandFailure.self, "\(memory) \(passes)") { try wrong.passwordCosts() }
    }
    #expect(try settings([:]).strictTransport().seconds == 31_536_000)
    #expect(try settings(["ATOLL_HSTS_SECONDS": "0"]).strictTransport().seconds == 0)
    for text in ["-1", "63072001", "a year"] {
      let wrong = try settings(["ATOLL_HSTS_SECONDS": text])
      #expect(throws: CommandFailure.self, "\(text)") { try wrong.strictTransport() }
    }
  }

  @Test("a machine set up as another silo refuses to start")
  func wrongSilo() throws {
    let settings = try Settings(flags: [:], environment: ["ATOLL_SILO_MODE": "control"])
    #expect(throws: CommandFailure.self) { try SiloPlace.require(.region, settings) }
    try SiloPlace.require(.control, settings)
  }

  @Test("a development server refuses every address but loopback")
  func developmentAddress() throws {
    let settings = try Settings(flags: [.development: "true", .listen: "0.0.0.0:1"], environment: [:])
    #expect(throws: CommandFailure.self) { try SiloPlace.address(settings, default: "127.0.0.1:1") }
  }

  @Test(
    "listen addresses",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1:80"), ("[::1]:80", "[::1]:80"), ("host", nil), (":80", nil), ("a:65536", nil),
    ])
  func addresses(text: String, expected: String?) {
    #expect(ListenAddress(text)?.description == expected)
  }

  static func file(_ text: String) throws -> String {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try SecretFile(path: path).write(Array(text.utf8))
    return path
  }
}

extension SettingsTests {
  @Test(
    "where mail goes is understood or an error that does not repeat the value",
    arguments: [
      "mail.example.com", "folder:relative", "smtp://user:secret-word@example.com?tls=none", "smtps://example.com?x=1",
      "smtps://example.com?ca=/no/such/file.pem", "FOLDER:/tmp", "http://example.com",
    ])
  func badMail(value: String) throws {
    let settings = try Settings(flags: [:], environment: ["ATOLL_MAIL": value])
    let failure = #expect(throws: CommandFailure.self) { try settings.mail(directory: "/data") }
    #expect(failure?.code == .configuration)
    #expect(failure.map { !"\($0)".contains("secret-word") } == true)
  }

  @Test("mail goes into a folder in development, nowhere without a setting, and elsewhere when told so")
  func mail() throws {
    let development = try Settings(flags: [.development: "true"], environment: [:])
    #expect(try development.mail(directory: "/data").folder == "/data/mail")
    let none = try Settings(flags: [:], environment: [:])
    #expect(try none.mail(directory: "/data").transport == nil)
    let smtp = try Settings(
      flags: [.development: "true"],
      environment: ["ATOLL_MAIL": "smtp://127.0.0.1:1025", "ATOLL_MAIL_FROM": "Login <login@example.com>"])
    #expect(try smtp.mail(directory: "/data").transport != nil)
    #expect(try smtp.mail(directory: "/data").folder == nil)
    let bad = try Settings(flags: [:], environment: ["ATOLL_MAIL_FROM": "x\r\nBcc: y@example.com"])
    #expect(throws: CommandFailure.self) { try bad.mail(directory: "/data") }
  }

  @Test("proxies are listed as addresses and networks, or it is an error")
  func proxies() throws {
    let good = try Settings(flags: [:], environment: ["ATOLL_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::1"])
    _ = try good.trustedProxyList()
    let bad = try Settings(flags: [:], environment: ["ATOLL_TRUSTED_PROXIES": "10.0.0.0/8,example.com"])
    #expect(throws: CommandFailure.self) { try bad.trustedProxyList() }
  }
}
