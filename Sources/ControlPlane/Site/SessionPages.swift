internal import FoundationEssentials
internal import Hummingbird
internal import Silo
internal import Web

/// `/settings/sessions`: where somebody is logged in, and ending it.
struct SessionPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/sessions") { request, _ in try await show(request) }
    router.post("/settings/sessions/{id}/end") { request, context in
      try await end(request, id: context.parameters.get("id"))
    }
    router.post("/settings/sessions/end-all") { request, _ in try await endAll(request) }
  }

  private static let endAllForm = Form(
    id: "end-all", action: "/settings/sessions/end-all", submit: "Log out everywhere", isDanger: true)

  private func show(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let sessions = try await site.accounts.sessions.list(of: visitor.session.user)
    return try site.settings(request, visitor, .sessions, lead: "Where you are logged in.") { csrf in
      [
        .card().with(rows: sessions.map { Self.row($0, isCurrent: $0.id == visitor.session.id) }),
        .card(
          "Log out everywhere",
          [.line("Ends all of these, this one too, and every session in every region within seconds.")]
        ).with(Self.endAllForm, csrf: csrf),
      ]
    }
  }

  private static func row(_ session: SessionStore.Listed, isCurrent: Bool) -> PageContext {
    let name = UserAgentName(session.userAgent).text
    let steps = session.methods.contains("otp") ? "with two steps" : "with a password"
    return [
      "title": .text(name), "tag": isCurrent ? "This session" : .none,
      "lines": .list([
        .line("Logged in \(PageDate.text(session.created)) from \(session.client) \(steps)"),
        .line("Last seen \(PageDate.text(session.seen)), ends \(PageDate.text(session.expires)) at the latest"),
      ]),
      "action": .context([
        "target": .text("/settings/sessions/\(session.id)/end"), "label": isCurrent ? "Log out" : "End",
        "what": .text(name),
      ]),
    ]
  }

  private func end(_ request: Request, id: String?) async throws -> Response {
    let visitor = try await site.required(request)
    _ = try await site.sessions.form(of: request)
    guard let id = id.flatMap({ SessionID($0) }) else { throw ControlError(.sessionUnknown) }
    try await site.accounts.sessions.end(id, of: visitor.session.user)
    guard id != visitor.session.id else {
      return site.seeOther(LoginPages.path(done: .loggedOut), cookies: site.sessions.closing())
    }
    return site.seeOther("/settings/sessions?done=\(PageNotice.sessionEnded.rawValue)")
  }

  private func endAll(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    _ = try await site.sessions.form(of: request)
    try await site.accounts.sessions.logOutEverywhere(visitor.session)
    return site.seeOther(LoginPages.path(done: .othersEnded), cookies: site.sessions.closing())
  }
}
