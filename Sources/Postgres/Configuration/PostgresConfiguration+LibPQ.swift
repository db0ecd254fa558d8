import Glibc

extension PostgresConfiguration {
  /// Path of files that must not be found, so that nothing from a home directory slips in.
  private static let nowhere = "/nonexistent/atoll"

  /// The keyword/value pairs for one attempt. Every option that libpq could take from its environment has a value here.
  func libpqOptions(host: Host, address: String?) -> [(key: String, value: String)] {
    let mode = tls.mode(for: host)
    let waitSeconds = max(2, timeouts.connect.wholeMilliseconds / 1000 + 1)
    var options: [(key: String, value: String)] = [
      ("host", host.name), ("port", String(host.port)), ("dbname", database), ("user", user),
      ("passfile", Self.nowhere), ("client_encoding", "UTF8"), ("application_name", applicationName),
      ("options", sessionOptions), ("connect_timeout", String(waitSeconds)), ("sslmode", mode.rawValue),
      ("sslcompression", "0"), ("sslcert", tls.certificateFile ?? Self.nowhere),
      ("sslkey", tls.keyFile ?? Self.nowhere), ("sslcrl", Self.nowhere), ("sslsni", "1"),
      ("ssl_min_protocol_version", "TLSv1.2"), ("gssencmode", "disable"), ("krbsrvname", "postgres"),
      ("channel_binding", "prefer"), ("target_session_attrs", targetSession.rawValue), ("keepalives", "1"),
      ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
      ("tcp_user_timeout", String(max(1, timeouts.unacknowledged.wholeMilliseconds))),
    ]
    if let address { options.append(("hostaddr", address)) }
    if isReplication { options.append(("replication", "database")) }
    switch mode {
    case .verifyCA, .verifyFull:
      options.append(("sslrootcert", tls.rootCertificateFile ?? PostgresTLS.systemRoots))
    default:
      // A root file that exists would turn `require` into `verify-ca`; that is asked for by name here.
      options.append(("sslrootcert", tls.rootCertificateFile ?? Self.nowhere))
    }
    if let password {
      options.append(("password", password))
    } else if unsafe getenv("PGPASSWORD") != nil {
      // libpq has no way to say "no password": a wrong one keeps the environment's from being used.
      options.append(("password", "none configured"))
    }
    return options
  }

  /// The server settings as `-c name=value` words; backslash and space are escaped as the server expects.
  private var sessionOptions: String {
    var settings = sessionSettings
    func set(_ name: String, _ limit: Duration?) {
      settings[name] = String(limit.map { max(1, $0.wholeMilliseconds) } ?? 0)
    }
    set("statement_timeout", timeouts.statement)
    set("lock_timeout", timeouts.lock)
    set("idle_in_transaction_session_timeout", timeouts.idleInTransaction)
    return settings.sorted { $0.key < $1.key }.map { name, value in
      var escaped = ""
      for character in value {
        if character == "\\" || character.isWhitespace { escaped.append("\\") }
        escaped.append(character)
      }
      return "-c \(name)=\(escaped)"
    }.joined(separator: " ")
  }
}
