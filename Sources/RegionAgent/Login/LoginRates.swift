internal import Hummingbird
internal import SyncProtocol
package import Web

/// How often the browsers of one network may finish logins: each asks control a question in this region's name, and a stranger who makes up codes must
/// not use up what control lets a region ask.
package struct LoginRates: Sendable {
  /// Logins of one network in a second over longer times, and at once: a large office behind one address at nine.
  package static let rate = 5.0
  package static let burst = 300.0
  /// Networks of which rates are kept.
  private static let networks = 8192

  private let proxies: TrustedProxies
  private let rates: RequestRates

  /// - Parameter proxies: whose word about a caller's address counts.
  package init(proxies: TrustedProxies, rate: Double = Self.rate, burst: Double = Self.burst) {
    self.proxies = proxies
    rates = RequestRates(rate: rate, burst: burst, maximum: Self.networks)
  }

  /// - Throws: a page with status 429 for a network that asks too often.
  func require(_ request: Request, _ context: WebContext, now: Int64) throws(LoginPage) {
    let caller = proxies.caller(of: request, context)
    guard rates.take(Hexadecimal.encode(caller.network), now: Double(now)) else {
      throw LoginPage(
        status: .tooManyRequests, code: "too-many-logins", title: "Too many logins from your network",
        text: "Nothing was opened. Try again in a moment.", link: ("/auth/login", "Try again"), retryAfter: 5)
    }
  }
}
