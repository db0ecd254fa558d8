/// Which calls to control go through a proxy.
package struct ProxyRules: Sendable, Hashable {
  /// Asked for by name (`ATOLL_PROXY`): used for every call to control.
  private let explicit: OutboundProxy?
  /// What the environment says for `https` (`HTTPS_PROXY`).
  private let environment: OutboundProxy?
  /// Host names and domains that the environment's proxy is not for (`NO_PROXY`).
  private let exceptions: [String]

  package static let none = ProxyRules()

  package init(explicit: OutboundProxy? = nil, environment: OutboundProxy? = nil, exceptions: [String] = []) {
    self.explicit = explicit
    self.environment = environment
    self.exceptions = exceptions
  }

  /// The proxy for a URL of control; nil for a direct call.
  package func proxy(for url: String) -> OutboundProxy? {
    if let explicit { return explicit }
    guard let environment, url.hasPrefix("https://") else { return nil }
    let host = url.dropFirst(8).prefix { $0 != ":" && $0 != "/" }.lowercased()
    let isExcepted = exceptions.contains { exception in
      let name = exception.hasPrefix(".") ? String(exception.dropFirst()) : exception
      return name == "*" || host == name || host.hasSuffix("." + name)
    }
    return isExcepted ? nil : environment
  }
}
