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
    guard let site, let value = request.cookie(site.sessionCookie), TokenFormat.browserSession.recognizes(value) else {
      throw .unauthenticated
    }
    // A look by a page of another origin shows itself by the header: a WebSocket, which no CORS guards, or a fetch.
    if !Self.isSafe(method) || Self.hasOrigin(request) { try Self.requireOwnOrigin(of: request, site) }
    self = .session(digest: TokenFormat.digest(of: value))
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
