internal import HTTPTypes
internal import Hummingbird
internal import Silo

/// What the provider shows to people.
struct ProviderPages: Sendable {
  let pages: Pages
  let sessions: BrowserSessions

  /// A request that nobody can be sent back from: it names no client, or a place that is not the client's.
  func refusal(_ text: String) throws -> Response {
    try pages.response(
      .message, title: "This link does not work",
      [
        "lines": [
          ["text": .text(text)],
          ["text": "Nothing was sent anywhere. Go back to the application and tell those who run it."],
        ]
      ], status: .badRequest)
  }

  /// Asks a person whether a client may have what it asks for.
  func consent(_ request: AuthorizationRequest, account: String, for asked: Request) throws -> Response {
    let formGuard = sessions.formGuard(for: asked)
    var frame = PageFrame(email: account, csrf: formGuard.csrf)
    frame.cookies = [formGuard.cookie].compactMap(\.self)
    let query = request.path(forLogin: nil).dropFirst(ProviderPath.authorize.count + 1)
    let target = RedirectURI.target(of: request.redirectURI)
    return try pages.response(
      .consent, title: "Allow access?",
      [
        "client": .text(request.client.name), "account": .text(account), "action": .text(ProviderPath.consent),
        "csrf": .text(formGuard.csrf), "destination": .text(target),
        "scopes": .list(request.scopes.map { ["text": .text($0.sentence)] }),
        "fields": .list([["name": "request", "value": .text(String(query))]]),
      ], frame: frame, formTargets: [target])
  }

  /// Asks a person whether to log out.
  func confirmLogout(_ logout: LogoutRequest, account: String, for asked: Request) throws -> Response {
    let formGuard = sessions.formGuard(for: asked)
    var frame = PageFrame(email: account, csrf: formGuard.csrf)
    frame.cookies = [formGuard.cookie].compactMap(\.self)
    let form = Form(
      action: ProviderPath.confirmLogout, submit: "Log out everywhere this login is used", cancel: "/organizations",
      logout.fields.map { FormField.hidden($0.0, $0.1) })
    return try pages.response(
      .entry, title: "Log out?",
      [
        "lead": .text("You are logged in as \(account). Logging out ends this login in every region and application."),
        "form": .context(form.context(csrf: formGuard.csrf)),
      ], frame: frame, formTargets: logout.target.map { [RedirectURI.target(of: $0)] } ?? [])
  }

  func loggedOut(cookies: [String]) throws -> Response {
    var frame = PageFrame()
    frame.cookies = cookies
    return try pages.response(
      .message, title: "You are logged out",
      [
        "lines": [["text": "This login has ended in every region and application."]],
        "action": .context(["target": "/login", "label": "Log in again"]),
      ], frame: frame)
  }
}
