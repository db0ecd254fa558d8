import CLibPQ

extension Session {
  /// Opens a connection to the first acceptable host.
  ///
  /// Hosts are tried in order, each with all its addresses, each address within the connect time-out.
  ///
  /// - Throws: ``PostgresError`` with code `.connection` with the last failure, `.configuration` when there is nothing to try.
  static func open(_ configuration: PostgresConfiguration) async throws -> Session {
    var last = PostgresError(code: .configuration, message: "no database host is configured")
    for host in configuration.hosts {
      do {
        let deadline = ContinuousClock.now.advanced(by: configuration.timeouts.connect)
        let addresses: [String?] =
          host.isUnixSocket ? [nil] : try await AddressResolver.addresses(of: host.name, until: deadline)
        for address in addresses {
          do {
            return try await open(configuration, host, address)
          } catch let error as PostgresError {
            last = error
          }
        }
      } catch let error as PostgresError {
        last = error
      }
    }
    throw last
  }

  private static func open(
    _ configuration: PostgresConfiguration, _ host: PostgresConfiguration.Host, _ address: String?
  ) async throws -> Session {
    let deadline = ContinuousClock.now.advanced(by: configuration.timeouts.connect)
    let session = try start(configuration, configuration.libpqOptions(host: host, address: address))
    guard session.isConnecting else { throw session.lost() }
    var interest = Poller.Interest.write
    while true {
      _ = try await session.wait(for: interest, until: deadline)
      switch session.connectPoll() {
      case .wantsRead: interest = .read
      case .wantsWrite: interest = .write
      case .failed: throw session.lost()
      case .connected:
        try session.becomeNonblocking()
        return session
      }
    }
  }

  private static func start(
    _ configuration: PostgresConfiguration, _ options: [(key: String, value: String)]
  ) throws -> Session {
    let started = unsafe withCStrings(options.map(\.key)) { keys in
      unsafe withCStrings(options.map(\.value)) { values in unsafe PQconnectStartParams(keys, values, 0) }
    }
    guard let connection = unsafe started else {
      throw PostgresError(code: .connection, message: "libpq could not allocate a connection")
    }
    return unsafe Session(owning: connection, configuration: configuration)
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
  ) -> Result {
    var arena: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(arena.count)
      arena.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
      arena.append(0)
    }
    return unsafe arena.withUnsafeBufferPointer { buffer in
      var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe buffer.baseAddress?.advanced(by: $0) }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}
