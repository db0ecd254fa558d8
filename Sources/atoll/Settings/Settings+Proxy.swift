import Web

extension Settings {
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
