package import FoundationEssentials
internal import HTTPTypes
package import Hummingbird
internal import Outbox
internal import Silo
internal import SyncProtocol
package import Web

/// Sessions of people in browsers: the same rows as those of the API, carried by a cookie that no script, no subdomain and no other site can read or
/// set; and the guard of forms.
package struct BrowserSessions: Sendable {
  package let site: ControlSite
  private let environment: ControlEnvironment
  private let identity: IdentityService
  private let tokens: FormTokens

  package init(environment: ControlEnvironment) {
    self.environment = environment
    identity = IdentityService(environment: environment)
    site = environment.site
    tokens = FormTokens(secretKey: environment.secretKey)
  }

  /// The session's token that the request carries, if it looks like one.
  package func token(of request: Request) -> String? {
    cookie(.session, of: request).flatMap { TokenFormat.session.recognizes($0) ? $0 : nil }
  }

  /// The live session of the request's cookie, or nil.
  package func current(of request: Request) async throws -> SessionStore.Session? {
    guard let token = token(of: request) else { return nil }
    return try await identity.session(token: token)
  }

  /// The value of one of our cookies.
  package func cookie(_ cookie: BrowserCookie, of request: Request) -> String? {
    RequestCookies(request)[cookie.name(at: site)]
  }

  // MARK: Forms

  /// For a page that shows a form.
  package func formGuard(for request: Request) -> FormGuard {
    if let (cookie, value) = binding(of: request) {
      return FormGuard(csrf: tokens.token(boundTo: value, of: cookie), cookie: nil)
    }
    let value = FormTokens.freshBinding()
    return FormGuard(
      csrf: tokens.token(boundTo: value, of: .form), cookie: BrowserCookie.form.set(value, at: site))
  }

  /// For a page that is shown in the answer that also sets this session's cookie.
  package func formGuard(forSession token: String) -> FormGuard {
    FormGuard(csrf: tokens.token(boundTo: token, of: .session), cookie: nil)
  }

  /// The fields of a form that a page of ours sent: the one way to read a request that changes something.
  ///
  /// - Throws: ``Problem`` 403 for another origin, or a form that belongs to another session or none; 4xx for what is not a form.
  package func form(of request: Request, limit: Int = 32 * 1024) async throws -> FormBody {
    try OwnOrigin.require(request, at: site)
    let body = try await request.form(limit: limit)
    guard let (cookie, value) = binding(of: request), let token = body["csrf"],
      tokens.isValid(token, boundTo: value, of: cookie)
    else {
      throw Problem(
        .forbidden, "form-expired", title: "This page is out of date",
        detail:
          "You logged in or out since it was opened, or cookies are blocked. Nothing was changed: open the page again.")
    }
    return body
  }

  /// For a change by the session's cookie that is no form: the same token, in the header.
  ///
  /// - Throws: ``Problem`` 403.
  package func requireFormToken(_ request: Request) throws {
    guard request.headers[values: .csrfToken].count == 1, let token = request.headers[.csrfToken],
      let (cookie, value) = binding(of: request), tokens.isValid(token, boundTo: value, of: cookie)
    else { throw Problem.csrfToken(from: "the csrf of a form of this host") }
  }

  /// The cookie that forms of this browser are bound to: the session's as soon as there is one, so that a token from before login ends with it.
  private func binding(of request: Request) -> (BrowserCookie, String)? {
    if let token = token(of: request) { return (.session, token) }
    guard let value = cookie(.form, of: request), FormTokens.isBinding(value) else { return nil }
    return (.form, value)
  }

  // MARK: Cookies

  /// The `Set-Cookie` values of an answer after which a session is open: always with a token made just now, never one that the browser brought.
  package func opening(_ token: String) -> [String] {
    [
      BrowserCookie.session.set(token, seconds: environment.limits.sessionLifetime, at: site),
      BrowserCookie.form.cleared(at: site), BrowserCookie.half.cleared(at: site),
    ]
  }

  /// The `Set-Cookie` values of an answer after which nobody is logged in.
  package func closing() -> [String] {
    [BrowserCookie.session, .form, .half].map { $0.cleared(at: site) }
  }

  /// A `Set-Cookie` value: the login waits for its second factor, in this browser only.
  /// - Parameter expires: when the token ends.
  package func halfway(_ token: String, until expires: Date) -> String {
    let seconds = Int64(max(1, expires.timeIntervalSince(environment.now())))
    return BrowserCookie.half.set(token, seconds: seconds, at: site)
  }

  /// A `Set-Cookie` value: this browser has logged in before. For a year, longer than any session.
  package func remembering(_ device: String) -> String {
    BrowserCookie.device.set(device, seconds: 365 * 86_400, at: site)
  }

  /// A `Set-Cookie` value: where to go on to when the link in a mail is opened in this browser, within a day. Nil when it is too long for a cookie.
  package func keeping(_ wayBack: ReturnPath) -> String? {
    guard wayBack.text.utf8.count <= 1500 else { return nil }
    return BrowserCookie.wayBack.set(Hexadecimal.encode(Array(wayBack.text.utf8)), seconds: 86_400, at: site)
  }

  /// What ``keeping(_:)`` kept.
  package func keptWayBack(of request: Request) -> ReturnPath? {
    guard let text = cookie(.wayBack, of: request), let bytes = Hexadecimal.decode(text) else { return nil }
    return String(validating: bytes, as: UTF8.self).flatMap { ReturnPath($0) }
  }
}
