import Crypto
import Logging
import Postgres

/// Makes the login roles and the database of a silo in its private PostgreSQL, and writes their connection strings to files.
struct DevelopmentRoleStore: Sendable {
  static let database = "atoll"

  let server: EmbeddedServer
  let folder: SiloFolder
  let logger: Logger

  /// The owner and its database, before the migrations. Does nothing to what exists.
  func prepareOwner() async throws {
    let file = SecretFile(path: folder.connectionFile(.owner))
    guard !file.exists else { return }
    let password = Self.randomPassword()
    let client = PostgresClient(configuration: server.configuration(), logger: logger)
    defer { client.shutdown() }
    let role = folder.role(.owner)
    try await replaceLogin(role, password: password, options: "CREATEROLE", client)
    let found = try await client.query("SELECT 1 FROM pg_database WHERE datname = \(Self.database)")
    if found.isEmpty {
      try await client.execute("CREATE DATABASE \(identifier: Self.database) OWNER \(identifier: role)")
    }
    try write(password, .owner, to: file)
  }

  /// The service's and the application's logins, after the migrations made the groups that carry their rights.
  ///
  /// - Parameter replicating: whether the service listens to logical decoding, for which its role needs an attribute.
  func prepareMembers(replicating: Bool) async throws {
    let client = PostgresClient(configuration: server.configuration(), logger: logger)
    defer { client.shutdown() }
    for login in [SiloFolder.Login.service, .application] {
      let file = SecretFile(path: folder.connectionFile(login))
      guard !file.exists else { continue }
      let password = Self.randomPassword()
      let role = folder.role(login)
      try await replaceLogin(role, password: password, options: "", client)
      try await client.execute("GRANT \(identifier: folder.group(login)) TO \(identifier: role)")
      try write(password, login, to: file)
    }
    let attribute = replicating ? "REPLICATION" : "NOREPLICATION"
    try await client.execute("ALTER ROLE \(identifier: folder.role(.service)) \(raw: attribute)")
  }

  /// The role may be left from a run that ended before its file was written; then it gets a new password.
  private func replaceLogin(_ role: String, password: String, options: String, _ client: PostgresClient) async throws {
    let found = try await client.query("SELECT 1 FROM pg_roles WHERE rolname = \(role)")
    let verb = found.isEmpty ? "CREATE" : "ALTER"
    // The password consists of hexadecimal digits; utility statements take no parameters.
    try await client.execute(
      "\(raw: verb) ROLE \(identifier: role) WITH LOGIN \(raw: options) PASSWORD '\(raw: password)'")
  }

  private func write(_ password: String, _ login: SiloFolder.Login, to file: SecretFile) throws {
    let url = "postgres://\(folder.role(login)):\(password)@127.0.0.1:\(server.port)/\(Self.database)\n"
    try file.write(Array(url.utf8))
  }

  private static func randomPassword() -> String {
    let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    return bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
