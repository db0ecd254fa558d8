import CLibPQ

extension PostgresConfiguration {
  /// Reads a `postgres://` URL or a `key=value` string, by libpq's own rules but without its environment.
  ///
  /// - Throws: ``PostgresError`` with code `.configuration` naming the option, never its value.
  public init(connectionString: String) throws {
    let options = try Self.parse(connectionString)
    var rest = options
    func take(_ key: String) -> String? { rest.removeValue(forKey: key) }
    func list(_ key: String) -> [String] {
      take(key).map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
    let places = names.isEmpty ? addresses : names
    guard !places.isEmpty else { throw Self.refused("host", "is missing") }
    guard let user = take("user") else { throw Self.refused("user", "is missing") }
    let password = take("password")
    let database = take("dbname") ?? user
    self.init(hosts: try Self.hosts(places, ports), user: user, password: password, database: database)
    if let name = take("application_name") { applicationName = name }
    if let mode = take("sslmode") {
      guard let mode = PostgresTLS.Mode(rawValue: mode) else { throw Self.refused("sslmode", "is not known") }
      tls.mode = mode
    }
    tls.rootCertificateFile = take("sslrootcert")
    tls.certificateFile = take("sslcert")
    tls.keyFile = take("sslkey")
    if let attributes = take("target_session_attrs") {
      guard let target = TargetSession(rawValue: attributes) else {
        throw Self.refused("target_session_attrs", "is not supported")
      }
      targetSession = target
    }
    if let seconds = take("connect_timeout") {
      guard let seconds = Int64(seconds), (1...3600).contains(seconds) else {
        throw Self.refused("connect_timeout", "is not between 1 and 3600 seconds")
      }
      timeouts.connect = .seconds(seconds)
    }
    if let unsupported = rest.keys.sorted().first { throw Self.refused(unsupported, "is not supported") }
  }

  private static func hosts(_ names: [String], _ ports: [String]) throws -> [Host] {
    guard ports.count <= 1 || ports.count == names.count else {
      throw refused("port", "has another number of entries than host")
    }
    return try names.enumerated().map { index, name in
      let text = ports.count > 1 ? ports[index] : ports.first ?? ""
      guard let port = text.isEmpty ? 5432 : Int(text), (1...65_535).contains(port) else {
        throw refused("port", "is not between 1 and 65535")
      }
      return Host(name.isEmpty ? "localhost" : name, port: port)
    }
  }

  private static func parse(_ text: String) throws -> [String: String] {
    var message: UnsafeMutablePointer<CChar>?
    let parsed = unsafe PQconninfoParse(text, &message)
    unsafe PQfreemem(message)
    guard let parsed = unsafe parsed else {
      throw PostgresError(
        code: .configuration, message: "the connection string is not a postgres:// URL or key=value list")
    }
    defer { unsafe PQconninfoFree(parsed) }
    var options: [String: String] = [:]
    var entry = unsafe parsed
    while let keyword = unsafe entry.pointee.keyword {
      if let value = unsafe entry.pointee.val { unsafe options[String(cString: keyword)] = String(cString: value) }
      unsafe entry = entry.advanced(by: 1)
    }
    return options
  }

  private static func refused(_ option: String, _ reason: String) -> PostgresError {
    PostgresError(code: .configuration, message: "the connection string's option \(option) \(reason)")
  }
}
