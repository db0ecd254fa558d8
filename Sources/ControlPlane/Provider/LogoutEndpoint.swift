internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Silo
internal import Web

/// `/oauth/logout`: a client sends a person to end the login (OpenID Connect RP-Initiated Logout 1.0).
///
/// An ID token of exactly the browser's session is the client's proof that it knows it. Anybody else's link only asks the person.
struct LogoutEndpoint: Sendable {
  let environment: ControlEnvironment
  let sessions: BrowserSessions
  let pages: ProviderPages
  let hints: LogoutHints

  func get(_ request: Request) async throws -> Response {
    do {
      let form = try FormBody(parsing: Array((request.uri.query ?? "").utf8))
      let asked = try LogoutRequest(OAuthParameters(form))
      guard let known = try await resolve(asked) else { return try unusable() }
      guard let session = try await sessions.current(of: request) else {
        return try finished(asked, cookies: [])
      }
      if known.token?.session == session.id { return try await end(session, asked) }
      let profile = try await environment.database.withConnection { try await UserStore.profile(session.user, on: $0) }
      return try pages.confirmLogout(asked, account: profile?.email ?? "", for: request)
    } catch is OAuthError { return try unusable() } catch is Problem { return try unusable() }
  }

  /// The same as a form. It becomes a navigation, because only that carries the session's cookie.
  func post(_ request: Request) async throws -> Response {
    do {
      let asked = try LogoutRequest(OAuthParameters(try await request.form(limit: 16 * 1024)))
      return URLQuery.redirect(to: ProviderPath.logout + "?" + URLQuery.text(asked.fields))
    } catch is OAuthError { return try unusable() }
  }

  /// The person said yes on our own page.
  func confirm(_ request: Request) async throws -> Response {
    let form = try await sessions.form(of: request)
    do {
      let asked = try LogoutRequest(OAuthParameters(form))
      guard try await resolve(asked) != nil else { return try unusable() }
      guard let session = try await sessions.current(of: request) else { return try finished(asked, cookies: []) }
      return try await end(session, asked)
    } catch is OAuthError { return try unusable() }
  }

  private struct Known: Sendable {
    let token: IDToken?
  }

  /// Nil when the request leads to a place that is not its client's: then nothing happens at all.
  private func resolve(_ asked: LogoutRequest) async throws -> Known? {
    try await environment.database.withConnection { control in
      var client: ProviderClient?
      var token: IDToken?
      if let hint = asked.hint, let read = try await hints.read(hint, on: control) {
        client = read.client
        token = read.token
      }
      if let id = asked.clientID {
        guard client == nil || client?.id == id else { return nil }
        if client == nil { client = try await ProviderClient.find(id, on: control) }
      }
      if let target = asked.target {
        guard let client, client.logoutURIs.contains(where: { $0.utf8.elementsEqual(target.utf8) }) else { return nil }
      }
      return Known(token: token)
    }
  }

  private func end(_ session: SessionStore.Session, _ asked: LogoutRequest) async throws -> Response {
    try await environment.write { control in
      let now = environment.now()
      guard try await SessionStore.end(session.id, of: session.user, now: now, on: control) else { return }
      try await AuditStore.append(.user(session.user), "oauth.logout", session.id.description, on: control)
    }
    return try finished(asked, cookies: sessions.closing())
  }

  private func finished(_ asked: LogoutRequest, cookies: [String]) throws -> Response {
    guard let target = asked.target else { return try pages.loggedOut(cookies: cookies) }
    let state = asked.state.map { [("state", $0)] } ?? []
    var response = URLQuery.redirect(to: state.isEmpty ? target : URLQuery.adding(state, to: target))
    for cookie in cookies { response.headers.append(HTTPField(name: .setCookie, value: cookie)) }
    return response
  }

  private func unusable() throws -> Response {
    try pages.refusal("This link to log out does not belong to the application it names.")
  }
}
