import Postgres

extension CommandFailure {
  /// What a database error means to somebody at a command line.
  init(_ error: PostgresError) {
    let fullDisk = "free space on the disk of its data and WAL; if PostgreSQL has stopped, start it after that"
    switch (error.code, error.sqlState == .diskFull) {
    case (.embeddedServer, true):
      self.init(
        .unavailable, "the database's disk is full, so PostgreSQL stopped and cannot recover",
        advice: "free space on the disk of pg_wal, then start again; nothing that was committed is lost")
    case (.embeddedServer, false):
      // The log's lines follow the first one; here is room for one.
      let line = error.message.split(separator: "\n").first.map(String.init) ?? error.message
      self.init(.unavailable, "database: \(line)", advice: "see server.log there")
    case (_, true): self.init(.unavailable, "the database's disk is full", advice: fullDisk)
    case (.connection, _):
      self.init(
        .unavailable, "database: \(error)",
        advice:
          "check the connection string and that the server runs; its own log says why if it stopped, such as a full WAL disk"
      )
    default:
      self.init(.unavailable, "database: \(error)", advice: "check the connection string and that the server runs")
    }
  }
}
