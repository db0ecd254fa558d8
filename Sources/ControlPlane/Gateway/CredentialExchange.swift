internal import Hummingbird
internal import HTTPTypes
internal import Silo
internal import Synchronization
internal import Web

/// Turns what a request shows into what its region may see: the gateway never vouches for anybody, and nothing that is good anywhere else
/// crosses.
struct CredentialExchange: Sendable {
  let environment: ControlEnvironment
  let identity: IdentityService
  let issuer: TokenIssuer
  let browser: BrowserSessions
  let exchanged: ExchangedTokens

  /// What a region gets.
  enum Passed: Sendable, Hashable {
    /// The request's own `Authorization`, or none.
    case own
    /// An access token for that region alone.
    case token(String)
  }

  /// - Throws: ``Problem`` 401 for what may not cross or is not valid, 403 for a change that another site asks for; ``ControlError`` 404 for a
  ///   person who does not belong there.
  func credential(_ request: Request, for route: GatewayRoute) async throws -> Passed {
    switch GatewayCredential(request, isIngest: route.isIngest, issuer: environment.site.url) {
    case .none:
      guard !route.isIngest, let token = browser.token(of: request) else { return .own }
      // A region's subdomain is the same site, so its pages send this cookie too: only pages of our own may, and a person who follows a link.
      if !request.method.isSafe || !Self.isNavigation(request) { try OwnOrigin.require(request, at: browser.site) }
      if !request.method.isSafe { try browser.requireFormToken(request) }
      return .token(try await exchange(token, route))
    case .session(let token): return .token(try await exchange(token, route))
    case .apiToken(let region):
      guard region == route.region.name else { throw Self.elsewhere }
      return .own
    case .accessToken(let audience):
      guard audience == route.region.name.tokenAudience else { throw Self.elsewhere }
      return .own
    case .foreign: return .own
    case .refused:
      throw Problem(
        .unauthorized, "credential-not-for-regions", title: "This credential is not for regions",
        detail: "It was not passed on. Send a session, an access token, or an API token of the organization.")
    }
  }

  /// Whether a browser opens this as a page, or no browser says anything.
  private static func isNavigation(_ request: Request) -> Bool {
    guard !request.headers.contains(.origin) else { return false }
    let modes = HTTPField.Name("Sec-Fetch-Mode").map { request.headers[values: $0] } ?? []
    let sites = HTTPField.Name("Sec-Fetch-Site").map { request.headers[values: $0] } ?? []
    return modes == ["navigate"] || (modes.isEmpty && sites.isEmpty)
  }

  private static let elsewhere = Problem(
    .unauthorized, "credential-of-another-region", title: "This credential is for another region",
    detail: "It was not passed on: the organization lives elsewhere.")

  private func exchange(_ token: String, _ route: GatewayRoute) async throws -> String {
    let key = ExchangedTokens.Key(
      digest: TokenFormat.digest(of: token), region: route.region.number, organization: route.home?.organization)
    let now = environment.seconds
    if let known = exchanged.token(key, now: now) { return known }
    guard let session = try await identity.session(token: token) else { throw Problem.unauthenticated }
    let issued =
      if let home = route.home {
        try await issuer.issue(session, organization: home.organization)
      } else {
        try await issuer.issue(session, in: route.region.name)
      }
    // The database knows of a move that the map does not.
    guard issued.region == route.region.name else { throw RoutingRefusal.staleHome }
    exchanged.keep(issued.token, for: key, now: now)
    return issued.token
  }
}
