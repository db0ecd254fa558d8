internal import HTTPTypes
package import Hummingbird
package import Silo
package import Web

/// What a request shows to say who asks, before anything about it is believed.
package enum PresentedCredential: Sendable {
  case accessToken(String)
  case apiToken(digest: [UInt8], region: RegionName)
  case session(digest: [UInt8])

  /// A header `Authorization` alone counts where there is one, whatever it is worth: a cookie must not stand in for a token that is not good.
  ///
  /// - Parameters:
  ///   - method: what is asked for, which a proxy may know better.
  ///   - site: nil where no cookie is taken.
  /// - Throws: 401 without a well-formed credential; 403 for a change by cookie that no page of this origin asked for, or a look that another's did.
  package init(_ request: Request, method: HTTPRequest.Method, site: RegionSite?) throws(Problem) {
    if request.headers.contains(.authorization) {
      guard request.headers[values: .authorization].count == 1, let text = request.bearerToken else {
        throw .unauthenticated
      }
      guard text.hasPrefix(APITokenFormat.prefix) else {
        self = .accessToken(text)
        return
      }
      guard let region = APITokenFormat.region(of: text) else { throw .unauthenticated }
      self = .apiToken(digest: TokenFormat.digest(of: text), region: region)
      return
    }
    guard let site, let value = Self.session(of: request, site) else { throw .unauthenticated }
    // A look by a page of another origin shows itself by the header: a WebSocket, which no CORS guards, or a fetch.
    if !Self.isSafe(method) || Self.hasOrigin(request) { try Self.requireOwnOrigin(of: request, site) }
    self = .session(digest: TokenFormat.digest(of: value))
  }

  /// The value of the session's cookie, if it could be one.
  static func session(of request: Request, _ site: RegionSite) -> String? {
    request.cookie(site.sessionCookie).flatMap { TokenFormat.browserSession.recognizes($0) ? $0 : nil }
  }

  /// What forms and scripts of this host send with changes by the request's session; nil without one.
  static func formToken(for request: Request, _ site: RegionSite) -> String? {
    session(of: request, site).map { SessionFormToken.of($0) }
  }

  /// For changes by a session's cookie, besides the own origin: that the page had the session's token from this host.
  /// - Throws: 403
  static func requireFormToken(of request: Request, _ site: RegionSite) throws(Problem) {
    guard let value = session(of: request, site), request.headers[values: .csrfToken].count == 1,
      let token = request.headers[.csrfToken], SessionFormToken.isValid(token, for: value)
    else { throw .csrfToken(from: "the csrf_token of GET /auth/session") }
  }

  /// Methods that change nothing (RFC 9110 §9.2.1).
  static func isSafe(_ method: HTTPRequest.Method) -> Bool {
    method == .get || method == .head || method == .options
  }

  private static func hasOrigin(_ request: Request) -> Bool {
    HTTPField.Name("Origin").map { request.headers.contains($0) } ?? false
  }

  /// Region subdomains are same-site with each other and may belong to customers, so the cookie's `SameSite` is not enough.
  /// - Throws: 403
  static func requireOwnOrigin(of request: Request, _ site: RegionSite) throws(Problem) {
    let origins = HTTPField.Name("Origin").map { request.headers[values: $0] } ?? []
    guard origins == [site.origin] else {
      throw Problem(
        .forbidden, "foreign-origin", title: "This change was not asked for by a page of this host",
        detail: "A change with a session's cookie needs the header Origin with this region's own origin.")
    }
  }
}
