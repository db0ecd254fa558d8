import FoundationEssentials
import Glibc
public import Postgres

/// PostgreSQL's own programs against a server of a test.
public enum ServerPrograms {
  struct NotInstalled: Error { let program: String }

  /// The account that embedded servers run under.
  static let account: String = ["postgres", "nobody"].first { (name: String) in getpwnam(name) != nil } ?? "65534"

  /// `pg_dump` of one database into a file in the custom format, or in plain SQL.
  public static func dump(
    _ database: String, of server: EmbeddedServer, to file: String, plain: Bool = false
  ) async throws {
    try await Program.run(
      [try path("pg_dump"), "--format=\(plain ? "plain" : "custom")", "--file=\(file)"] + access(server, database),
      environment: environment(server))
  }

  /// The roles of a server with their passwords, as SQL: a dump of a database names them but does not hold them.
  public static func dumpRoles(of server: EmbeddedServer, to file: String) async throws {
    try await Program.run(
      [try path("pg_dumpall"), "--roles-only", "--file=\(file)", "--database=postgres"]
        + access(server, "postgres").filter { !$0.hasPrefix("--dbname") },
      environment: environment(server))
  }

  /// Runs a file of SQL.
  ///
  /// - Parameter stopsAtError: otherwise statements that fail (a role that exists) do not end it.
  public static func runFile(
    _ file: String, in database: String, of server: EmbeddedServer, stopsAtError: Bool = false
  ) async throws {
    try await Program.run(
      [
        try path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=\(stopsAtError ? 1 : 0)", "--file=\(file)",
      ] + access(server, database), environment: environment(server))
  }

  /// `pg_restore` of a dump in the custom format. The database is dropped first if it exists, whoever uses it, and made anew.
  ///
  /// - Parameter owner: the owner of the new database.
  public static func restore(
    _ file: String, as database: String, owner: String, into server: EmbeddedServer
  ) async throws {
    let recreate = [
      "DROP DATABASE IF EXISTS \"\(database)\" WITH (FORCE)",
      "CREATE DATABASE \"\(database)\" OWNER \"\(owner)\" TEMPLATE template0",
    ]
    for statement in recreate {
      try await Program.run(
        [try path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command=\(statement)"]
          + access(server, "postgres"), environment: environment(server))
    }
    try await Program.run(
      [try path("pg_restore"), "--exit-on-error"] + access(server, database) + [file], environment: environment(server))
  }

  /// Ends the recovery of a standby, which becomes a primary of a new timeline, and waits for it.
  public static func promote(_ server: EmbeddedServer) async throws {
    try await Program.run(
      [
        try path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
        "--command=SELECT pg_catalog.pg_promote(true, 60)",
      ] + access(server, "postgres"), environment: environment(server))
  }

  /// Settings of a primary whose finished WAL segments are copied to a directory, which must exist and belong to the servers' account.
  public static func archiving(to directory: String) -> [String: String] {
    [
      "wal_level": "replica", "archive_mode": "on", "archive_timeout": "1",
      "archive_command":
        "test ! -f \(directory)/%f && cp %p \(directory)/%f.part && mv \(directory)/%f.part \(directory)/%f",
    ]
  }

  /// Makes a directory that servers can write to.
  public static func makeDirectory(_ path: String) async throws {
    try await Program.run(["mkdir", "-p", path])
    if !Program.serverUserPrefix.isEmpty { try await Program.run(["chown", account, path]) }
  }

  static func path(_ program: String) throws -> String {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    guard let newest = versions.compactMap({ Int($0) }).max() else { throw NotInstalled(program: program) }
    return "\(root)/\(newest)/bin/\(program)"
  }

  private static func access(_ server: EmbeddedServer, _ database: String) -> [String] {
    ["--host=\(server.socketDirectory)", "--port=\(server.port)", "--username=postgres", "--dbname=\(database)"]
  }

  private static func environment(_ server: EmbeddedServer) -> [String: String] {
    server.configuration().password.map { ["PGPASSWORD": $0] } ?? [:]
  }
}
