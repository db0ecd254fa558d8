import ArgumentParser

/// Where a command finds the database.
struct DatabaseOptions: ParsableArguments {
  @Option(name: .long, help: "Connection string without password; see also ATOLL_DATABASE.")
  var database: String?

  @Option(name: .long, help: "File that holds the connection string.")
  var databaseFile: String?

  var flags: [Setting: String?] { [.database: database, .databaseFile: databaseFile] }
}
