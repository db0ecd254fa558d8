/// Where browsers reach this region, and what follows for cookies and origins.
package struct RegionSite: Sendable, Hashable {
  /// As the operator entered it at control: no slash at the end.
  package let url: String
  /// Scheme, host and port: what a browser writes into `Origin`.
  package let origin: String
  /// The name of the cookie that holds a session.
  package let sessionCookie: String
  /// What the names of cookies of logins under way begin with.
  package let loginCookie: String
  /// Whether cookies are `Secure`. Not over http on loopback, where browsers would refuse them.
  package let isSecure: Bool

  /// Nil for a URL that is none.
  package init?(url: String, name: String) {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    self.url = url
    origin = String(url[..<scheme.upperBound]) + url[scheme.upperBound...].prefix { $0 != "/" }
    isSecure = url.hasPrefix("https://")
    // `__Host-`: set by this host alone, over TLS, for all of it. In development the region's name keeps ports of one host apart.
    sessionCookie = isSecure ? "__Host-atoll-session" : "atoll-session-\(name)"
    loginCookie = isSecure ? "__Host-atoll-login-" : "atoll-login-\(name)-"
  }

  /// What a client that sends data is configured with: `https://<key>@<host>/<number>`.
  package func dsn(of publicKey: String, project number: ProjectNumber) -> String {
    let host = origin.split(separator: "://", maxSplits: 1)
    return "\(host.first ?? "https")://\(publicKey)@\(host.last ?? "")/\(number)"
  }

  /// A cookie that no script reads and no other site's form sends. - Parameter seconds: how long it stays; 0 deletes it.
  package func cookie(_ name: String, _ value: String, seconds: Int64) -> String {
    "\(name)=\(value); Path=/; Max-Age=\(max(0, seconds)); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
  }
}
