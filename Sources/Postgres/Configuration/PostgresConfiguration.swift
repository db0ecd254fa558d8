/// Where the database is and how to talk to it.
///
/// Every option that libpq would otherwise take from `PG*` variables, password files or service files is set from here.
public struct PostgresConfiguration: Sendable {
  /// One server that may hold the database.
  public struct Host: Hashable, Sendable {
    /// A host name, an address, or the absolute path of the directory of a Unix socket.
    public var name: String
    public var port: Int

    public init(_ name: String, port: Int = 5432) {
      self.name = name
      self.port = port
    }

    /// Whether the name is a socket directory.
    public var isUnixSocket: Bool { name.hasPrefix("/") }

    /// Whether the traffic stays on this machine.
    public var isLocal: Bool {
      isUnixSocket || name == "localhost" || name == "::1" || name.hasPrefix("127.")
    }
  }

  /// Which servers are acceptable when several hosts are given.
  public enum TargetSession: String, Hashable, Sendable {
    case any
    /// A server that accepts writes: the primary, wherever it is after a fail-over.
    case readWrite = "read-write"
    case readOnly = "read-only"
    case standby
  }

  /// Tried in order.
  public var hosts: [Host]
  public var user: String
  public var password: String?
  public var database: String
  public var applicationName: String
  public var tls: PostgresTLS
  public var timeouts: PostgresTimeouts
  public var targetSession: TargetSession
  /// Prepared statements kept per connection; the least recently used makes room.
  public var statementCacheLimit: Int
  /// Server settings of every session (`-c name=value`), for example `search_path`.
  public var sessionSettings: [String: String]
  /// Asks for a session of the replication protocol, which streams changes instead of running statements with parameters.
  var isReplication = false

  public init(
    hosts: [Host], user: String, password: String? = nil, database: String, applicationName: String = "atoll",
    tls: PostgresTLS = .automatic, timeouts: PostgresTimeouts = PostgresTimeouts(),
    targetSession: TargetSession = .any, statementCacheLimit: Int = 256, sessionSettings: [String: String] = [:]
  ) {
    self.hosts = hosts
    self.user = user
    self.password = password
    self.database = database
    self.applicationName = applicationName
    self.tls = tls
    self.timeouts = timeouts
    self.targetSession = targetSession
    self.statementCacheLimit = statementCacheLimit
    self.sessionSettings = sessionSettings
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Without the password.
  public var description: String {
    let places = hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
    return "postgres://\(user)@\(places)/\(database)"
  }

  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
