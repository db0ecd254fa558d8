/// The cookies that this control plane sets. All are `HttpOnly`, `SameSite=Lax` and of the whole host.
package enum BrowserCookie: String, Sendable, Hashable, CaseIterable {
  /// The session's token.
  case session = "atoll"
  /// What forms are bound to before there is a session.
  case form = "atoll-form"
  /// A login that waits for its second factor.
  case half = "atoll-half"
  /// Says that this browser has logged in before.
  case device = "atoll-device"
  /// Where a sign-up wants to go on to, while its mail is on the way.
  case wayBack = "atoll-back"

  /// The name: with `__Host-` browsers keep a subdomain or plain HTTP from setting it. In development, over plain HTTP, they would refuse it from us
  /// too.
  package func name(at site: ControlSite) -> String { site.isDevelopment ? rawValue : "__Host-\(rawValue)" }

  /// A `Set-Cookie` value.
  /// - Parameter seconds: how long the browser keeps it; nil until it is closed.
  package func set(_ value: String, seconds: Int64? = nil, at site: ControlSite) -> String {
    let secure = site.isDevelopment ? "" : "; Secure"
    let age = seconds.map { "; Max-Age=\($0)" } ?? ""
    return "\(name(at: site))=\(value); Path=/; HttpOnly; SameSite=Lax\(secure)\(age)"
  }

  /// A `Set-Cookie` value that takes the cookie away.
  package func cleared(at site: ControlSite) -> String { set("", seconds: 0, at: site) }
}
