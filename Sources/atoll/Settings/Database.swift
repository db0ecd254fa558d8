import Logging
import Postgres

/// The database of a process, from its settings.
enum Database {
  /// - Throws: ``CommandFailure`` when no connection string is given or it is not understood.
  static func client(
    _ settings: Settings, _ setting: Setting = .database, maximumConnections: Int? = nil
  ) throws -> PostgresClient {
    let text = try settings.required(setting)
    var configuration: PostgresConfiguration
    do { configuration = try PostgresConfiguration(connectionString: text) } catch {
      throw CommandFailure(
        .configuration, "\(setting.rawValue) is not a connection string",
        advice: "write postgres://user:password@host:port/database, or key=value pairs")
    }
    // Of several hosts only the primary is of use: a silo writes.
    if configuration.hosts.count > 1, configuration.targetSession == .any { configuration.targetSession = .readWrite }
    var limits = PoolLimits()
    limits.maximumConnections = try maximumConnections ?? settings.integer(.poolSize, default: 12, in: 2...200)
    return PostgresClient(configuration: configuration, pool: limits, logger: Logger(label: "postgres"))
  }
}
