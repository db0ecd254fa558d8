/// How connections are protected.
public struct PostgresTLS: Hashable, Sendable {
  /// libpq's `sslmode`.
  public enum Mode: String, Hashable, Sendable {
    /// `verify-full` for every host that is not a socket or loopback, `prefer` for loopback.
    case automatic
    case disable, prefer, require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  public var mode: Mode
  /// PEM file of trusted roots; the system's bundle when nil.
  public var rootCertificateFile: String?
  /// PEM file of the client's certificate.
  public var certificateFile: String?
  /// PEM file of the client's key.
  public var keyFile: String?

  public init(
    mode: Mode, rootCertificateFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil
  ) {
    self.mode = mode
    self.rootCertificateFile = rootCertificateFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }

  public static let automatic = PostgresTLS(mode: .automatic)
  public static let disabled = PostgresTLS(mode: .disable)

  /// The bundle that Debian keeps, used when no root is named: libpq 15 cannot ask the system for it.
  static let systemRoots = "/etc/ssl/certs/ca-certificates.crt"

  func mode(for host: PostgresConfiguration.Host) -> Mode {
    guard mode == .automatic else { return mode }
    if host.isUnixSocket { return .disable }
    return host.isLocal ? .prefer : .verifyFull
  }
}
