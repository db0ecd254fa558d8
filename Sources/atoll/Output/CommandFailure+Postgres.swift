import Postgres

extension CommandFailure {
  /// What a database error means to somebody at a command line.
  init(_ error: PostgresError) {
    self.init(.unavailable, "database: \(error)", advice: "check the connection string and that the server runs")
  }
}
