internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import Web

extension LoginRoutes {
  /// Bytes of the form of a logout.
  private static let longestForm = 4096

  /// The page with the button. Applications lead here: the form carries what only this host can give.
  func askToLeave(_ request: Request, _ site: RegionSite) async throws -> Response {
    throw LoginPage(
      status: .ok, code: "logout", title: "Log out",
      text: "This ends your session in this region, and then asks about all others.",
      button: ("/auth/logout", "Log out"), formToken: PresentedCredential.formToken(for: request, site),
      formTarget: await issuer())
  }

  /// Ends the session here, whether or not control is there, and sends the browser on to control's logout when it is.
  func leave(_ request: Request, _ site: RegionSite) async throws -> Response {
    try PresentedCredential.requireOwnOrigin(of: request, site)
    var ended: SessionID?
    if let value = PresentedCredential.session(of: request, site) {
      guard let token = try await Self.formToken(in: request), SessionFormToken.isValid(token, for: value) else {
        throw Self.formExpired
      }
      ended = try await service.end(value)
    }
    var next = "/auth/logged-out"
    if let ended, let endpoint = await endSessionEndpoint() {
      let query = FormText.encode([
        ("client_id", region.text), ("post_logout_redirect_uri", site.url + "/"), ("logout_hint", ended.description),
      ])
      next = "\(endpoint)?\(query)"
    }
    var response = Self.redirect(to: next)
    response.setCookie(site.cookie(site.sessionCookie, "", seconds: 0))
    return response
  }

  /// Where the browser ends when control cannot be asked about all other sessions.
  func hasLeft(_ request: Request, _ site: RegionSite) async throws -> Response {
    throw LoginPage(
      status: .ok, code: "logged-out", title: "You are logged out", text: "Your session in this region has ended.",
      link: ("/auth/login", "Log in"))
  }

  /// What a form carries in `csrf`, or a script in the header; nil for neither.
  private static func formToken(in request: Request) async throws -> String? {
    if let token = request.headers[.csrfToken] { return token }
    guard request.headers.contains(.contentType) else { return nil }
    return try await request.form(limit: longestForm)["csrf"]
  }

  private func endSessionEndpoint() async -> String? {
    do { return try await provider.description().endSessionEndpoint } catch { return nil }
  }

  private static var formExpired: LoginPage {
    LoginPage(
      status: .forbidden, code: "form-expired", title: "This page is out of date",
      text: "You logged in or out since it was opened. Nothing was changed.", link: ("/auth/logout", "Log out"))
  }
}
