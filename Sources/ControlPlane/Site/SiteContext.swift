internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import Web

/// What the routes of the pages share.
struct SiteContext: Sendable {
  let environment: ControlEnvironment
  let pages: Pages
  let sessions: BrowserSessions
  let accounts: Accounts

  init(environment: ControlEnvironment, pages: Pages, accounts: Accounts) {
    self.environment = environment
    self.pages = pages
    self.accounts = accounts
    sessions = BrowserSessions(environment: environment)
  }

  /// Somebody who is logged in.
  struct Visitor: Sendable {
    let session: SessionStore.Session
    let profile: UserStore.Profile
  }

  /// Nobody is logged in, and the page is for people who are.
  struct LoginRequired: Error {}

  /// Who is logged in, or nil.
  func visitor(_ request: Request) async throws -> Visitor? {
    guard let token = sessions.token(of: request),
      let session = try await accounts.identity.session(token: token),
      let profile = try await accounts.identity.profile(session.user)
    else { return nil }
    return Visitor(session: session, profile: profile)
  }

  /// - Throws: ``LoginRequired``
  func required(_ request: Request) async throws -> Visitor {
    guard let visitor = try await visitor(request) else { throw LoginRequired() }
    return visitor
  }

  func caller(_ request: Request, _ context: WebContext) -> Caller {
    Caller(request, context, proxies: environment.trustedProxies)
  }

  // MARK: Answers

  /// What surrounds a page for this browser, and the token for forms on it.
  func frame(
    _ request: Request, _ visitor: Visitor? = nil, place: PageFrame.Place? = nil
  ) -> (frame: PageFrame, csrf: String) {
    let guarding = sessions.formGuard(for: request)
    var frame = PageFrame(
      email: visitor?.profile.email, csrf: guarding.csrf, place: place,
      notice: PageNotice(request).map(\.sentence))
    if let cookie = guarding.cookie { frame.cookies.append(cookie) }
    return (frame, guarding.csrf)
  }

  /// A page before login: a heading and a form.
  func entry(
    _ request: Request, title: String, lead: String? = nil, form: Form, ways: [PageContext] = [],
    status: HTTPResponse.Status = .ok, cookies: [String] = []
  ) throws -> Response {
    var (frame, csrf) = frame(request)
    if status != .ok { frame.notice = nil }
    frame.cookies += cookies
    return try pages.response(
      .entry, title: title,
      ["lead": .optional(lead), "form": .context(form.context(csrf: csrf)), "ways": .list(ways)], frame: frame,
      status: status)
  }

  /// A page that only says something.
  func message(
    _ request: Request, _ visitor: Visitor? = nil, title: String, lines: [PageContext], action: PageContext? = nil,
    status: HTTPResponse.Status = .ok, reference: String? = nil
  ) throws -> Response {
    try pages.response(
      .message, title: title,
      [
        "lines": .list(lines), "action": action.map { .context($0) } ?? .none, "reference": .optional(reference),
      ], frame: frame(request, visitor).frame, status: status)
  }

  /// 303: the browser goes on with GET.
  func seeOther(_ location: String, cookies: [String] = []) -> Response {
    var headers = HTTPFields()
    headers[.location] = location
    headers[.cacheControl] = "no-store"
    for cookie in cookies { headers.append(HTTPField(name: .setCookie, value: cookie)) }
    return Response(status: .seeOther, headers: headers)
  }
}

extension PageContext {
  /// A sentence with something emphasized in it.
  static func line(_ text: String, strong: String? = nil, after: String? = nil) -> PageContext {
    ["text": .text(text), "strong": .optional(strong), "after": .optional(after)]
  }

  /// A link with words before it.
  static func way(_ text: String, _ label: String, _ target: String) -> PageContext {
    ["text": .text(text), "label": .text(label), "target": .text(target)]
  }

  static func link(_ label: String, _ target: String, isQuiet: Bool = false) -> PageContext {
    ["label": .text(label), "target": .text(target), "isQuiet": .flag(isQuiet)]
  }
}
