package import HTTPTypes

/// Which header fields pass a forwarder, in each direction.
///
/// Whatever the rules say, fields of one connection only (RFC 9110 §7.6.1) never pass, and no `Atoll-*` from outside passes in: spellings that a
/// gateway interface would take for the same (`_`, `.`) count as the same.
package struct HeaderRules: Sendable {
  package enum Outbound: Sendable, Hashable {
    case all(except: Set<String>)
    case only(Set<String>)
  }

  /// Lower-case names of request fields that do not pass.
  package var dropsInbound: Set<String>
  /// Beginnings of lower-case names of request fields that do not pass.
  package var dropsPrefixes: [String] = []
  /// Fields that a request gets, instead of any of the same name that came with it.
  package var setsInbound: HTTPFields
  /// The `Host` that the upstream sees; nil for the target's own.
  package var host: String?
  /// Lower-case names of answer fields that pass or do not.
  package var outbound: Outbound
  /// Whether `Atoll-*` of an answer stays here: an application is not to speak for its region.
  package var dropsAtollOutbound: Bool
  /// Fields that every answer gets, instead of the upstream's.
  package var setsOutbound: HTTPFields
  /// Sees the head of an answer that is about to pass; may change it, or throw to answer something else.
  package var check: @Sendable (inout HTTPResponse) throws -> Void

  package init(
    dropsInbound: Set<String> = [], setsInbound: HTTPFields = [:], host: String? = nil,
    outbound: Outbound = .all(except: []), setsOutbound: HTTPFields = [:], dropsAtollOutbound: Bool = false,
    check: @escaping @Sendable (inout HTTPResponse) throws -> Void = { _ in }
  ) {
    self.dropsInbound = dropsInbound
    self.setsInbound = setsInbound
    self.host = host
    self.outbound = outbound
    self.setsOutbound = setsOutbound
    self.dropsAtollOutbound = dropsAtollOutbound
    self.check = check
  }

  /// Names by which others say where a request came from: a forwarder that knows better drops and sets them.
  package static let origin: Set<String> = [
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix",
    "x-forwarded-server", "x-forwarded-ssl", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
    "cf-connecting-ip", "x-original-url", "x-rewrite-url", "x-original-host", "x-http-method-override", "via",
  ]

  /// Beginnings of names by which proxies tell applications who somebody is.
  package static let identityPrefixes = [
    "x-forwarded-", "x-auth-request-", "x-remote-", "remote-", "ssl-client-", "x-ssl-", "x-client-cert",
    "x-authenticated-",
    "x-middleware-",
  ]

  /// Fields of one connection, and those that the forwarder writes itself.
  static let connection: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
    "proxy-authentication-info", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings",
  ]

  private static let written: Set<String> = ["host", "content-length", "expect"]

  /// Whether a field of a request passes. `names` are those that the request's `Connection` lists.
  func passesIn(_ name: String, named names: Set<String>) -> Bool {
    let spelling = Self.canonical(name)
    return !spelling.hasPrefix("atoll-") && !Self.connection.contains(spelling) && !Self.written.contains(spelling)
      && !dropsInbound.contains(spelling) && !names.contains(spelling)
      && !dropsPrefixes.contains { spelling.hasPrefix($0) }
  }

  /// Whether a field of an answer passes.
  func passesOut(_ name: String, named names: Set<String>) -> Bool {
    guard !Self.connection.contains(name), !names.contains(name),
      !(dropsAtollOutbound && Self.canonical(name).hasPrefix("atoll-"))
    else { return false }
    return switch outbound {
    case .all(let except): !except.contains(name)
    case .only(let allowed): allowed.contains(name)
    }
  }

  /// The lower-case name with hyphens: what WSGI, CGI and Rack cannot tell from it is the same.
  static func canonical(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }) else { return name }
    return String(
      decoding: name.utf8.map { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") ? UInt8(ascii: "-") : $0 },
      as: UTF8.self)
  }
}
