import Web

extension Settings {
  /// How URLs that others named are called.
  /// - Throws: ``CommandFailure`` when the list of allowed networks is not understood.
  func outboundGuard() throws -> OutboundGuard {
    guard let text = string(.fetchAllow) else { return OutboundGuard() }
    guard let allowed = NetworkList(text) else {
      throw invalid(.fetchAllow, "addresses and networks such as 10.0.0.0/8 with commas between")
    }
    return OutboundGuard(allowing: allowed)
  }

  /// - Throws: ``CommandFailure`` when the list is not understood.
  func originList() throws -> OriginList {
    guard let text = string(.corsOrigins) else { return .none }
    guard let origins = OriginList(text) else {
      throw invalid(.corsOrigins, "origins such as https://app.example.com with commas between")
    }
    return origins
  }

  /// Days for which an audit trail is kept.
  /// - Throws: ``CommandFailure`` for what is no such number.
  func auditDays() throws -> Int { try integer(.auditDays, default: 400, in: 30...36_500) }

  /// For how long browsers keep to TLS: two years at most.
  /// - Throws: ``CommandFailure`` for what is no such number.
  func strictTransport() throws -> StrictTransport {
    StrictTransport(seconds: try integer(.hstsSeconds, default: StrictTransport.year.seconds, in: 0...63_072_000))
  }

  /// The proxy of `ATOLL_PROXY` (`none` for none), else what `HTTPS_PROXY` and `NO_PROXY` say, as curl reads them.
  /// - Throws: ``CommandFailure`` when `ATOLL_PROXY` is not understood.
  func proxyRules(environment: [String: String]) throws -> ProxyRules {
    if let text = string(.proxy) {
      if text == "none" { return .none }
      guard let proxy = OutboundProxy(text) else { throw invalid(.proxy, "http://host:port or none") }
      return ProxyRules(explicit: proxy)
    }
    func variable(_ name: String) -> String? { environment[name.lowercased()] ?? environment[name] }
    let exceptions = (variable("NO_PROXY") ?? "").split(separator: ",").map { entry in
      entry.filter { $0 != " " }.lowercased()
    }
    return ProxyRules(environment: variable("HTTPS_PROXY").flatMap(OutboundProxy.init), exceptions: exceptions)
  }
}
