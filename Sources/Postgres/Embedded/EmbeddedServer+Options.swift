extension EmbeddedServer {
  /// How a private server is set up.
  public struct Options: Sendable {
    /// How connections prove themselves.
    public enum Authentication: Sendable {
      /// A random password, kept in the server's directory, readable by its owner only.
      case password
      /// None: for tests on data that nobody minds.
      case trust
    }

    /// The port on loopback; nil takes the one used before, or a free one.
    public var port: Int?
    public var authentication: Authentication
    /// Server settings (`-c name=value`).
    public var settings: [String: String]
    /// Where `initdb` and `postgres` are; nil takes the newest under `/usr/lib/postgresql`.
    public var binaryDirectory: String?
    /// How long a start or stop may take.
    public var patience: Duration

    public init(
      port: Int? = nil, authentication: Authentication = .password, settings: [String: String] = [:],
      binaryDirectory: String? = nil, patience: Duration = .seconds(60)
    ) {
      self.port = port
      self.authentication = authentication
      self.settings = settings
      self.binaryDirectory = binaryDirectory
      self.patience = patience
    }
  }
}
