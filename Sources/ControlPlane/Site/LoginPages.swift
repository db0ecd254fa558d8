internal import FoundationEssentials
internal import Hummingbird
internal import Logging
internal import Web

/// `/login`, `/login/second-factor` and `/logout`.
struct LoginPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/") { _, _ in site.seeOther(ReturnPath.home.text) }
    router.get("/login") { request, _ in try await show(request) }
    router.post("/login") { request, context in try await logIn(request, context) }
    router.get("/login/second-factor") { request, _ in try showSecondFactor(request) }
    router.post("/login/second-factor") { request, context in try await complete(request, context) }
    router.post("/logout") { request, _ in try await logOut(request) }
  }

  private static let title = "Log in"

  /// The address of the login page.
  static func path(returningTo path: ReturnPath? = nil, done: PageNotice? = nil) -> String {
    var query: [String] = []
    if let path { query.append("return_to=\(PercentEncoding.component(path.text))") }
    if let done { query.append("done=\(done.rawValue)") }
    return query.isEmpty ? "/login" : "/login?\(query.joined(separator: "&"))"
  }

  /// Where the request wants to go on to, if that is a path of our own.
  static func wayBack(_ request: Request) -> ReturnPath? {
    request.uri.queryParameters["return_to"].flatMap { ReturnPath(String($0)) }
  }

  private static func wayBack(_ entered: FormBody) -> ReturnPath? {
    entered["return_to"].flatMap { ReturnPath($0) }
  }

  private func form(_ wayBack: ReturnPath?) -> Form {
    Form(
      action: "/login", submit: "Log in",
      [
        FormField("email", "E-mail address", .email, autocomplete: "username"),
        FormField("password", "Password", .password(isNew: false)),
      ] + (wayBack.map { [.hidden("return_to", $0.text)] } ?? []))
  }

  private func ways(_ wayBack: ReturnPath?) -> [PageContext] {
    let query = wayBack.map { "?return_to=\(PercentEncoding.component($0.text))" } ?? ""
    return [
      .way("You forgot your password?", "Set a new one", "/forgot"),
      .way("You have no account?", "Sign up", "/signup\(query)"),
    ]
  }

  /// Whoever is logged in goes on. Not to the provider: it has just said that this login is not enough.
  private func show(_ request: Request) async throws -> Response {
    let wayBack = Self.wayBack(request)
    let visitor = try await site.visitor(request)
    if visitor != nil, wayBack?.leadsToProvider != true { return site.seeOther((wayBack ?? .home).text) }
    let lead = visitor.map { "You are logged in as \($0.profile.email). What you came for needs another login." }
    return try site.entry(request, title: Self.title, lead: lead, form: form(wayBack), ways: ways(wayBack))
  }

  private func logIn(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    let wayBack = Self.wayBack(entered)
    do {
      let outcome = try await site.accounts.login.logIn(
        email: entered["email"] ?? "", password: entered["password"] ?? "",
        device: site.sessions.cookie(.device, of: request), from: site.caller(request, context))
      switch outcome {
      case .open(let opened): return try await finish(request, opened, wayBack)
      case .secondFactor(let half):
        let query = wayBack.map { "?return_to=\(PercentEncoding.component($0.text))" } ?? ""
        return site.seeOther(
          "/login/second-factor\(query)", cookies: [site.sessions.halfway(half.token, until: half.expires)])
      }
    } catch {
      var refused = form(wayBack)
      if let error = error as? ControlError, error.code == .credentialsInvalid {
        refused = refused.filled(entered).wrong("The e-mail address or the password is wrong.")
        return try site.entry(request, title: Self.title, form: refused, ways: ways(wayBack), status: .forbidden)
      }
      return try site.again(
        request, error, title: Self.title, form: refused, entered: entered, ways: ways(wayBack))
    }
  }

  // MARK: Second factor

  private static let secondTitle = "Second step"

  private func secondForm(_ wayBack: ReturnPath?) -> Form {
    Form(
      action: "/login/second-factor", submit: "Log in", cancel: Self.path(returningTo: wayBack),
      [
        FormField(
          "code", "Code", .code(isNumeric: false),
          hint: "The six digits that your authenticator shows, or one of your recovery codes.")
      ] + (wayBack.map { [.hidden("return_to", $0.text)] } ?? []))
  }

  private func showSecondFactor(_ request: Request) throws -> Response {
    let wayBack = Self.wayBack(request)
    guard site.sessions.cookie(.half, of: request) != nil else {
      return site.seeOther(Self.path(returningTo: wayBack))
    }
    return try site.entry(request, title: Self.secondTitle, form: secondForm(wayBack))
  }

  private func complete(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    let wayBack = Self.wayBack(entered)
    do {
      let opened = try await site.accounts.login.complete(
        token: site.sessions.cookie(.half, of: request) ?? "", code: entered["code"] ?? "",
        device: site.sessions.cookie(.device, of: request), from: site.caller(request, context))
      return try await finish(request, opened, wayBack)
    } catch let error as ControlError where error.code == .loginExpired {
      let expired = form(wayBack).wrong("This login took too long. Begin with the password again.")
      return try site.entry(
        request, title: Self.title, form: expired, ways: ways(wayBack), status: .forbidden,
        cookies: [BrowserCookie.half.cleared(at: site.sessions.site)])
    } catch {
      return try site.again(
        request, error, title: Self.secondTitle, form: secondForm(wayBack), entered: entered)
    }
  }

  /// Opens the session in this browser: with a new token always, and the one before ends.
  private func finish(_ request: Request, _ opened: OpenedSession, _ wayBack: ReturnPath?) async throws -> Response {
    try await endCurrent(request)
    var cookies = site.sessions.opening(opened.token)
    if let device = opened.device { cookies.append(site.sessions.remembering(device)) }
    cookies.append(BrowserCookie.wayBack.cleared(at: site.sessions.site))
    let target = wayBack ?? .home
    guard target.leadsToProvider else { return site.seeOther(target.text, cookies: cookies) }
    // A browser holds the targets of our form against every redirect that follows it. A page of its own starts afresh.
    var frame = PageFrame()
    frame.cookies = cookies
    return try site.pages.response(
      .message, title: "You are logged in",
      ["lines": [.line("You go on at once.")], "action": .context(.link("Go on", target.text))], frame: frame,
      refresh: target.text)
  }

  private func logOut(_ request: Request) async throws -> Response {
    _ = try await site.sessions.form(of: request)
    try await endCurrent(request)
    return site.seeOther(Self.path(done: .loggedOut), cookies: site.sessions.closing())
  }

  /// Ends the session that the browser brought. One that another tab has just ended is as good.
  private func endCurrent(_ request: Request) async throws {
    guard let session = try await site.sessions.current(of: request) else { return }
    do {
      try await site.accounts.sessions.logOut(session)
    } catch let error as ControlError where error.code == .sessionUnknown {
      site.environment.logger.debug("the session had ended already")
    }
  }
}
