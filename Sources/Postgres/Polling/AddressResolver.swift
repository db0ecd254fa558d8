import Glibc

/// Turns host names into addresses off the cooperative threads; libpq itself would block in the resolver.
enum AddressResolver {
  /// The numeric addresses of a host in the resolver's order.
  ///
  /// - Throws: ``PostgresError`` with code `.connection` when the name has none, or none in time.
  static func addresses(of host: String, until deadline: ContinuousClock.Instant) async throws -> [String] {
    if isNumeric(host) { return [host] }
    guard let found = await BlockingWork.run(until: deadline, { resolve(host) }) else {
      throw PostgresError(code: .connection, message: "the name of the database host was not resolved in time")
    }
    guard !found.isEmpty else {
      throw PostgresError(code: .connection, message: "the database host \(host) has no address")
    }
    return found
  }

  private static func isNumeric(_ host: String) -> Bool {
    var v4 = in_addr()
    var v6 = in6_addr()
    return unsafe inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1
  }

  private static func resolve(_ host: String) -> [String] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [String] = []
    var next = unsafe list
    while let entry = unsafe next {
      var name: [CChar] = Array(repeating: 0, count: Int(NI_MAXHOST))
      let status = unsafe getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
      if status == 0 {
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        if !addresses.contains(text) { addresses.append(text) }
      }
      unsafe next = entry.pointee.ai_next
    }
    return addresses
  }
}
