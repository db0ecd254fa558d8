internal import HTTPTypes
package import Hummingbird
internal import Logging
package import Outbox
internal import Postgres
package import Silo
package import Web

/// `/auth/login`, `/auth/callback`, `/auth/session` and `/auth/logout` on the region's own host: the client's side of OpenID Connect's code flow with PKCE.
package struct LoginRoutes: Sendable {
  /// Logins that one browser may have under way.
  private static let tabs = 8
  /// Bytes of each parameter that is looked at at all.
  private static let longest = 2048

  let region: RegionName
  let database: SiloDatabase<RegionSilo>
  let sites: RegionSites
  let provider: ControlProvider
  let service: LoginService
  let clock: WallClock
  let rates: LoginRates
  let strictTransport: StrictTransport

  package init(
    region: RegionName, database: SiloDatabase<RegionSilo>, sites: RegionSites, provider: ControlProvider,
    service: LoginService, clock: WallClock, rates: LoginRates, strictTransport: StrictTransport = .year
  ) {
    self.region = region
    self.database = database
    self.sites = sites
    self.provider = provider
    self.service = service
    self.clock = clock
    self.rates = rates
    self.strictTransport = strictTransport
  }

  /// - Parameter servesStart: whether `/` is the agent's page of a person's organizations; false where an application has it.
  package func add(to router: Router<WebContext>, servesStart: Bool = true) {
    if servesStart { router.get("/") { request, context in try await answering(request, context, start) } }
    router.get("/auth/login") { request, context in try await answering(request, context, begin) }
    router.get("/auth/callback") { request, context in
      try await answering(request, context) { try await finish($0, $1, context) }
    }
    router.get("/auth/logout") { request, context in try await answering(request, context, askToLeave) }
    router.post("/auth/logout") { request, context in try await answering(request, context, leave) }
    router.get("/auth/session") { request, context in try await answering(request, context, session) }
    router.get("/auth/logged-out") { request, context in try await answering(request, context, hasLeft) }
  }

  /// Sends the browser to control, which answers at once for who has a session there.
  private func begin(_ request: Request, _ site: RegionSite) async throws -> Response {
    let returnTo = Self.returnPath(request)
    let login = LoginTransaction(returnTo: returnTo, now: clock.seconds())
    let description = try await provider.description()
    let query = FormText.encode([
      ("response_type", "code"), ("client_id", region.text), ("redirect_uri", site.url + "/auth/callback"),
      ("scope", "openid profile email"), ("state", login.state), ("nonce", login.nonce),
      ("code_challenge", login.challenge), ("code_challenge_method", "S256"),
    ])
    var response = Self.redirect(to: "\(description.authorizationEndpoint)?\(query)")
    let stale = request.cookies.map(\.name).filter { $0.hasPrefix(site.loginCookie) }
    if stale.count >= Self.tabs { for name in stale { response.setCookie(site.cookie(name, "", seconds: 0)) } }
    response.setCookie(
      site.cookie(site.loginCookie + login.tag, login.cookie, seconds: LoginTransaction.lifetime))
    return response
  }

  /// Opens the region's session for what control says, once, for the browser that asked.
  private func finish(_ request: Request, _ site: RegionSite, _ context: WebContext) async throws -> Response {
    guard let state = Self.parameter("state", request) else { throw Self.notUnderWay }
    let name = site.loginCookie + LoginTransaction.tag(ofState: state)
    guard let login = request.cookie(name).flatMap({ LoginTransaction(cookie: $0) }), login.isState(state),
      !login.isOver(now: clock.seconds())
    else { throw Self.notUnderWay }
    // RFC 9207: an answer of another provider is none of ours.
    guard let issuer = Self.parameter("iss", request), try await provider.description().issuer == issuer else {
      throw LoginPage(
        status: .badRequest, code: "wrong-issuer", title: "This login was answered by somebody else",
        text: "Nothing was opened. Start again.", link: ("/auth/login", "Log in"))
    }
    if Self.parameter("error", request) != nil { throw Self.refusedByControl }
    // Only what can be a code costs a question to control.
    guard let code = Self.parameter("code", request), TokenFormat.authorizationCode.recognizes(code) else {
      throw Self.notUnderWay
    }
    try rates.require(request, context, now: clock.seconds())
    let opened = try await service.open(code: code, of: login, redirect: site.url + "/auth/callback")
    // Whatever this browser had here before does not live on beside the new session.
    if let old = request.cookie(site.sessionCookie) { _ = try await service.end(old) }
    var response = Self.redirect(to: login.returnTo.description)
    response.setCookie(site.cookie(name, "", seconds: 0))
    response.setCookie(site.cookie(site.sessionCookie, opened.value, seconds: opened.lifetime))
    return response
  }

  /// Where control is for browsers, if it answers or ever did.
  func issuer() async -> String? {
    do { return try await provider.description().issuer } catch { return provider.lastDescription?.issuer }
  }

  private func answering(
    _ request: Request, _ context: WebContext, _ body: (Request, RegionSite) async throws -> Response
  ) async throws -> Response {
    var known: RegionSite?
    var response = try await settling(request, context) {
      guard let site = try await sites.site(in: database) else { throw ControlProvider.Failure.unavailable }
      known = site
      return try await body(request, site)
    }
    if let value = known.flatMap({ strictTransport.value(for: $0.url) }) {
      response.headers[.strictTransportSecurity] = value
    }
    return response
  }

  /// A page for each way in which a login ends early.
  private func settling(
    _ request: Request, _ context: WebContext, _ body: () async throws -> Response
  ) async throws -> Response {
    do {
      return try await body()
    } catch let page as LoginPage {
      return page.response(to: request, context: context)
    } catch let refusal as LoginService.Refusal {
      context.logger.notice("a login was refused", metadata: ["login.reason": "\(refusal)"])
      return LoginPage(refusal).response(to: request, context: context)
    } catch is ControlProvider.Failure {
      return LoginPage(.controlAway).response(to: request, context: context)
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }

  /// A parameter that is there exactly once.
  private static func parameter(_ name: String, _ request: Request) -> String? {
    let values = request.uri.queryParameters.getAll(name)
    guard values.count == 1, (1...longest).contains(values[0].utf8.count) else { return nil }
    return values[0]
  }

  /// Where to go after the login: a path of this host that is none of the login's own.
  private static func returnPath(_ request: Request) -> OwnPath {
    guard let path = parameter("return_to", request).flatMap({ OwnPath($0) }),
      !path.description.hasPrefix("/auth/")
    else { return .root }
    return path
  }

  static func redirect(to location: String) -> Response {
    Response(status: .seeOther, headers: [.location: location, .cacheControl: "no-store"])
  }

  private static var notUnderWay: LoginPage {
    LoginPage(
      status: .badRequest, code: "login-not-under-way", title: "This login is not under way in this browser",
      text: "It was finished already, took longer than ten minutes, or began in another browser.",
      link: ("/auth/login", "Log in"))
  }

  private static var refusedByControl: LoginPage {
    LoginPage(
      status: .forbidden, code: "login-refused", title: "You were not logged in",
      text: "Only people who belong to an organization in this region can log in here.",
      link: ("/auth/login", "Try again"))
  }
}

extension Response {
  mutating func setCookie(_ text: String) { headers.append(HTTPField(name: .setCookie, value: text)) }
}
