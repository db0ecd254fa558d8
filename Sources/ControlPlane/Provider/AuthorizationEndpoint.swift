internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Outbox
internal import Silo
internal import Web

/// `/oauth/authorize` and `/oauth/consent`: a person, sent by a client, for a code.
struct AuthorizationEndpoint: Sendable {
  let environment: ControlEnvironment
  let sessions: BrowserSessions
  let pages: ProviderPages
  let issuer: AuthorizationIssuer
  let hints: LogoutHints
  let rates: RequestRates

  /// What was asked for, as far as it can be answered.
  private enum Asked {
    case request(AuthorizationRequest)
    /// To be told to the client: its redirect URI is its own.
    case wrong(OAuthError, redirectURI: String, state: String?)
    /// To be told to the person: there is nowhere to send anybody.
    case lost(String)
  }

  private enum Verdict {
    case login
    case consent(SessionStore.Session)
    case granted(SessionStore.Session)
    case refused(OAuthError)
  }

  func get(_ request: Request) async throws -> Response {
    let form: FormBody
    do { form = try FormBody(parsing: Array((request.uri.query ?? "").utf8)) } catch {
      return try pages.refusal("The link is damaged.")
    }
    switch try await read(form) {
    case .lost(let text): return try pages.refusal(text)
    case .wrong(let error, let uri, let state): return refusal(error, to: uri, state: state)
    case .request(let asked): return try await answer(asked, request)
    }
  }

  /// The same request as a form (OpenID Connect Core §3.1.2.1). It becomes a navigation, because only that carries the session's cookie.
  func post(_ request: Request) async throws -> Response {
    let form = try await request.form(limit: 8192)
    let pairs = form.names.enumerated().filter { form.names.firstIndex(of: $1) == $0 }.flatMap { _, name in
      form.all(name).map { (name, $0) }
    }
    return URLQuery.redirect(to: ProviderPath.authorize + "?" + URLQuery.text(pairs))
  }

  /// What a person decided on the page that asks for consent.
  func consent(_ request: Request) async throws -> Response {
    let form = try await sessions.form(of: request)
    guard let text = form["request"], let decision = form["decision"],
      case .request(let asked) = try await read(try FormBody(parsing: Array(text.utf8)))
    else { throw Problem.badRequest("The form is not one of ours.") }
    guard decision == "allow" else {
      return refusal(OAuthError(.accessDenied, "The person declined"), to: asked.redirectURI, state: asked.state)
    }
    switch try await verdict(asked, try await sessions.current(of: request)) {
    case .login: return login(asked)
    case .refused(let error): return refusal(error, to: asked.redirectURI, state: asked.state)
    case .granted(let session), .consent(let session):
      return try await grant(asked, session, consenting: asked.client.needsConsent)
    }
  }

  private func read(_ form: FormBody) async throws -> Asked {
    let parameters = OAuthParameters(form)
    let client: ProviderClient
    let uri: String
    do {
      let id = try parameters.required("client_id")
      guard
        let found = try await environment.database.withConnection({ try await ProviderClient.find(id, on: $0) })
      else { return .lost("The application that sent you here is not known.") }
      client = found
      uri = try parameters.required("redirect_uri")
    } catch is OAuthError {
      return .lost("The link does not say which application it is of, or where to go on.")
    }
    guard client.redirectURIs.contains(where: { $0.utf8.elementsEqual(uri.utf8) }) else {
      return .lost("The place to go on to is not one that the application has registered.")
    }
    do { return .request(try AuthorizationRequest(parameters, client: client, redirectURI: uri)) } catch {
      return .wrong(error, redirectURI: uri, state: Self.state(parameters))
    }
  }

  private static func state(_ parameters: OAuthParameters) -> String? {
    do { return try parameters.printable("state", bytes: 1024) } catch { return nil }
  }

  private func answer(_ asked: AuthorizationRequest, _ request: Request) async throws -> Response {
    let isSilent = asked.prompt.contains(.none)
    switch try await verdict(asked, try await sessions.current(of: request)) {
    case .refused(let error): return refusal(error, to: asked.redirectURI, state: asked.state)
    case .granted(let session): return try await grant(asked, session, consenting: false)
    case .login where isSilent:
      return refusal(OAuthError(.loginRequired, "Nobody is logged in"), to: asked.redirectURI, state: asked.state)
    case .login: return login(asked)
    case .consent where isSilent:
      return refusal(
        OAuthError(.consentRequired, "The person has not agreed yet"), to: asked.redirectURI, state: asked.state)
    case .consent(let session):
      let profile = try await environment.database.withConnection { try await UserStore.profile(session.user, on: $0) }
      return try pages.consent(asked, account: profile?.email ?? "", for: request)
    }
  }

  /// Whether somebody is there for this client. For a region a person without a grant is nobody: see DESIGN §5.
  private func verdict(
    _ asked: AuthorizationRequest, _ session: SessionStore.Session?
  ) async throws -> Verdict {
    guard let session, !asked.asksForLogin, isRecent(session, for: asked) else { return .login }
    return try await environment.database.withConnection { control in
      if let hint = asked.hint {
        let expected = try await hints.read(hint, on: control)
        guard expected?.token.user == session.user else { return .login }
      }
      guard let region = asked.client.region else {
        let agreed = try await ConsentStore.scopes(of: session.user, client: asked.client.id, on: control)
        let isAgreed = Set(asked.scopes.map(\.rawValue)).isSubset(of: agreed) || !asked.client.needsConsent
        return isAgreed && !asked.prompt.contains(.consent) ? .granted(session) : .consent(session)
      }
      guard try await GrantStore.isLive(user: session.user, region: region.id, on: control) else { return .login }
      do { try await GrantGate.require(.token(region.number), on: control) } catch let error as ControlError {
        return .refused(OAuthError(.temporarilyUnavailable, error.code.rawValue))
      }
      return .granted(session)
    }
  }

  private func isRecent(_ session: SessionStore.Session, for asked: AuthorizationRequest) -> Bool {
    let proven = Int64(session.authenticated.timeIntervalSince1970)
    // Control may run several processes; their clocks differ by less than this.
    let tolerance: Int64 = 2
    if let after = asked.after, proven + tolerance < after { return false }
    if let age = asked.maximumAge, age <= 1 << 40, proven + age < environment.seconds { return false }
    return true
  }

  private func grant(
    _ asked: AuthorizationRequest, _ session: SessionStore.Session, consenting: Bool
  ) async throws -> Response {
    guard rates.take(session.id.description, now: environment.now().timeIntervalSince1970) else {
      return refusal(
        OAuthError(.temporarilyUnavailable, "Too many at once"), to: asked.redirectURI, state: asked.state)
    }
    do {
      let pairs = try await issuer.issue(asked, session, consenting: consenting)
      return redirect(pairs, to: asked.redirectURI, state: asked.state)
    } catch let error as ControlError where error.code == .reconciling {
      return refusal(
        OAuthError(.temporarilyUnavailable, error.code.rawValue), to: asked.redirectURI, state: asked.state)
    }
  }

  private func login(_ asked: AuthorizationRequest) -> Response {
    let path = asked.path(forLogin: environment.seconds)
    return URLQuery.redirect(to: "/login?" + URLQuery.text([("return_to", path)]))
  }

  private func refusal(_ error: OAuthError, to uri: String, state: String?) -> Response {
    redirect([("error", error.code.rawValue), ("error_description", error.detail)], to: uri, state: state)
  }

  /// Every answer names its issuer (RFC 9207), so that a client of several providers cannot mix them up.
  private func redirect(_ pairs: [(String, String)], to uri: String, state: String?) -> Response {
    let more = (state.map { [("state", $0)] } ?? []) + [("iss", environment.site.url)]
    return URLQuery.redirect(to: URLQuery.adding(pairs + more, to: uri))
  }
}
