import Testing

@testable import Postgres

@Suite struct ConfigurationTests {
  @Test("URLs and key=value lists say the same, with several hosts")
  func connectionStrings() throws {
    for text in [
      "postgres://ada:s%20cret@one.example:5433,two.example/shop?target_session_attrs=read-write&sslmode=verify-ca",
      "host=one.example,two.example port=5433,5432 user=ada password='s cret' dbname=shop sslmode=verify-ca target_session_attrs=read-write",
    ] {
      let configuration = try PostgresConfiguration(connectionString: text)
      #expect(configuration.hosts == [.init("one.example", port: 5433), .init("two.example", port: 5432)])
      #expect(configuration.user == "ada" && configuration.password == "s cret" && configuration.database == "shop")
      #expect(configuration.targetSession == .readWrite && configuration.tls.mode == .verifyCA)
      #expect(!"\(configuration)\(configuration.debugDescription)".contains("cret"))
    }
    let socket = try PostgresConfiguration(connectionString: "host=/run/pg user=ada connect_timeout=3")
    #expect(socket.hosts == [.init("/run/pg", port: 5432)] && socket.database == "ada")
    #expect(socket.timeouts.connect == .seconds(3))
  }

  @Test(
    "what cannot be used is refused by the option's name, never its value",
    arguments: [
      ("postgres://ada:hunter2@", "host"), ("postgres://one.example/shop", "user"),
      ("host=a,b port=1,2,3 user=ada", "port"), ("host=a port=70000 user=ada", "port"),
      ("host=a user=ada sslmode=hunter2", "sslmode"), ("host=a user=ada target_session_attrs=hunter2", "target"),
      ("host=a user=ada service=hunter2", "service"), ("host=a user=ada nonsense=hunter2", "connection string"),
      ("host=a user=ada connect_timeout=0", "connect_timeout"), ("postgres://%zz", "connection string"), ("", "host"),
    ])
  func refusals(text: String, name: String) {
    let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(connectionString: text) }
    #expect(error?.code == .configuration && error?.message.contains(name) == true)
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }

  @Test("other machines are verified in full unless it is said otherwise; sockets and loopback are not")
  func transportSecurity() {
    let tls = PostgresTLS.automatic
    #expect(tls.mode(for: .init("db.example")) == .verifyFull && tls.mode(for: .init("10.0.0.1")) == .verifyFull)
    #expect(tls.mode(for: .init("/run/pg")) == .disable && tls.mode(for: .init("127.0.0.1")) == .prefer)
    #expect(PostgresTLS(mode: .require).mode(for: .init("db.example")) == .require)
  }

  @Test("every option that libpq would take from its environment is set")
  func environment() {
    var configuration = PostgresConfiguration(hosts: [.init("db.example")], user: "ada", database: "shop")
    configuration.sessionSettings = ["search_path": "a b\\c"]
    let options = Dictionary(
      configuration.libpqOptions(host: configuration.hosts[0], address: "192.0.2.1").map { ($0.key, $0.value) },
      uniquingKeysWith: { first, _ in first })
    for key in [
      "host", "hostaddr", "port", "dbname", "user", "passfile", "client_encoding", "application_name", "options",
      "connect_timeout", "sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcompression", "sslsni",
      "ssl_min_protocol_version", "gssencmode", "krbsrvname", "channel_binding", "target_session_attrs",
    ] {
      #expect(options[key]?.isEmpty == false, "\(key)")
    }
    #expect(options["options"]?.contains("search_path=a\\ b\\\\c") == true)
    #expect(options["options"]?.contains("statement_timeout=60000") == true)
  }

  @Test("durations become whole milliseconds, never zero for a small one")
  func milliseconds() {
    #expect(Duration.microseconds(1).wholeMilliseconds == 1 && Duration.seconds(2).wholeMilliseconds == 2000)
    #expect(Duration.milliseconds(1500).wholeMilliseconds == 1500)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
  }

  @Test("the statement cache prepares at the second use and keeps to its limit")
  func statementCache() {
    var cache = StatementCache(limit: 2)
    func key(_ text: String) -> StatementCache.Key { .init(text: text, types: []) }
    func use(_ text: String) -> StatementCache.Plan {
      let plan = cache.plan(for: key(text))
      if case .prepare(let name, _) = plan { cache.prepared(key(text), as: name) }
      return plan
    }
    #expect(use("a") == .once)
    #expect(use("a") == .prepare(name: "s2", evicting: nil))
    #expect(use("a") == .execute(name: "s2"))
    _ = use("b")
    _ = use("b")
    _ = use("a")
    _ = use("c")
    #expect(use("c") == .prepare(name: "s8", evicting: "s5"))
    #expect(cache.count == 2 && use("a") == .execute(name: "s2"))
    var off = StatementCache(limit: 0)
    #expect(off.plan(for: key("a")) == .once && off.plan(for: key("a")) == .once)
  }
}
