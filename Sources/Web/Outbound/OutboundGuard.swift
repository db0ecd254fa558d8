internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// The one way to call a URL that somebody else named (server-side request forgery, OWASP A10): the name is resolved once, the address is checked, and the
/// connection goes to exactly that address. No redirects, no proxy, and private networks only where an operator listed them.
package struct OutboundGuard: Sendable {
  /// Resolves a host name to the addresses it has now.
  package typealias Resolver = @Sendable (_ host: String) async throws -> ClientAddress

  private let allowed: NetworkList
  private let trust: OutboundTrust
  private let resolve: Resolver

  /// Bytes of an answer that are read at all.
  private static let longestAnswer = 16 * 1024

  /// - Parameters:
  ///   - allowed: private addresses that may be called.
  ///   - trust: whose certificates count.
  package init(
    allowing allowed: NetworkList = .none, trust: OutboundTrust = .system, resolve: @escaping Resolver = Self.system
  ) {
    self.allowed = allowed
    self.trust = trust
    self.resolve = resolve
  }

  /// Sends a form and returns the status of the answer; its body does not matter.
  ///
  /// - Throws: ``OutboundFailure``, or `CancellationError`.
  package func post(_ url: String, form: [(String, String)], timeout: Duration) async throws -> Int {
    let target = try await target(url)
    var request = HTTPClientRequest(url: url)
    request.method = .POST
    request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
    request.headers.add(name: "user-agent", value: "atoll")
    request.body = .bytes(ByteBuffer(string: Self.encoded(form)))
    // For the name, although the connection goes to the address: an address proves nothing.
    var configuration = SyncClient.configuration(for: url, trust: trust)
    configuration.dnsOverride = [target.host: target.address]
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let status: Int
    do {
      let response = try await http.execute(request, deadline: .now() + TimeAmount(timeout))
      _ = try await response.body.collect(upTo: Self.longestAnswer)
      status = Int(response.status.code)
    } catch is CancellationError {
      try await http.shutdown()
      throw CancellationError()
    } catch {
      try await http.shutdown()
      throw OutboundFailure(.unreachable, "\(target.host) at \(target.address): \(error)")
    }
    try await http.shutdown()
    return status
  }

  /// Where a URL leads now, after the check.
  /// - Throws: ``OutboundFailure``
  package func target(_ url: String) async throws -> (host: String, address: String) {
    guard let host = Self.host(of: url) else {
      throw OutboundFailure(.url, "only https, or http on a loopback address, is called")
    }
    let address: ClientAddress
    if let literal = ClientAddress(host) {
      address = literal
    } else {
      do { address = try await resolve(host) } catch let error as CancellationError { throw error } catch {
        throw OutboundFailure(.unresolved, "\(host): \(error)")
      }
    }
    guard address.isPublic || allowed.contains(address) else {
      throw OutboundFailure(.forbiddenAddress, "\(host) is \(address), which no operator has allowed")
    }
    return (host, address.description)
  }

  /// Host of scheme, host, port and path; nil for what ``PeerURL`` refuses.
  private static func host(of url: String) -> String? {
    guard let scheme = url.firstRange(of: "://"), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard PeerURL(String(url[..<scheme.upperBound] + authority)) != nil else { return nil }
    if authority.hasPrefix("[") {
      let literal = String(authority.dropFirst().prefix { $0 != "]" })
      return ClientAddress(literal) == nil ? nil : literal
    }
    // In one spelling only: the client looks the checked address up by the name as it reads it.
    let host = authority.prefix { $0 != ":" }
    let isName = host.utf8.allSatisfy { byte in
      (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2E
    }
    return isName && !host.hasSuffix(".") ? String(host) : nil
  }

  private static func encoded(_ form: [(String, String)]) -> String {
    form.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&")
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
      default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }

  /// What the system's resolver says, or said a moment ago.
  package static let system: Resolver = { host in try await HostNames.system.address(of: host) }
}

extension ClientAddress {
  /// Whether this is an address of the public Internet (IANA's registries of special-purpose addresses, RFC 6890).
  package var isPublic: Bool {
    switch bytes.count {
    case 4: !Self.special.contains(self)
    // Global unicast, without what embeds, documents or tunnels other addresses.
    case 16: bytes[0] & 0xE0 == 0x20 && !Self.special.contains(self)
    default: false
    }
  }

  private static let special =
    NetworkList(
      """
      0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,\
      192.31.196.0/24,192.52.193.0/24,192.88.99.0/24,192.168.0.0/16,192.175.48.0/24,198.18.0.0/15,198.51.100.0/24,\
      203.0.113.0/24,224.0.0.0/4,240.0.0.0/4,2001::/23,2001:db8::/32,2002::/16,2620:4f:8000::/48,3fff::/20
      """) ?? .none
}
