internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import Web

/// `/invitations/accept`: log in or sign up first, then join.
struct InvitationPages: Sendable {
  let site: SiteContext
  let acceptance: InvitationAcceptance

  func add(to router: RouterGroup<WebContext>) {
    router.get("/invitations/accept") { request, _ in try await show(request) }
    router.post("/invitations/accept") { request, _ in try await accept(request) }
  }

  private func show(_ request: Request) async throws -> Response {
    let token = request.uri.queryParameters["token"].map(String.init) ?? ""
    guard TokenFormat.invitation.recognizes(token) else { return try await refused(request) }
    guard let visitor = try await site.visitor(request) else { return try stranger(request) }
    let (frame, csrf) = site.frame(request, visitor)
    let form = Form(
      action: "/invitations/accept", submit: "Join", cancel: "/organizations", [.hidden("token", token)])
    return try site.pages.response(
      .entry, title: "Join an organization",
      [
        "points": [.line("You have been invited. You join as", strong: visitor.profile.email, after: ".")],
        "form": .context(form.context(csrf: csrf)),
      ], frame: frame)
  }

  private func stranger(_ request: Request) throws -> Response {
    let way = request.head.path.flatMap { ReturnPath($0) }
    let query = way.map { "?return_to=\(PercentEncoding.component($0.text))" } ?? ""
    return try site.pages.response(
      .entry, title: "You are invited",
      [
        "points": [
          .line("Log in with the account whose e-mail address the invitation was sent to, then join."),
          .line("No account yet? Sign up with that address; you come back here afterwards."),
        ],
        "ways": [
          .way("You have an account?", "Log in", "/login\(query)"), .way("You are new?", "Sign up", "/signup\(query)"),
        ],
      ], frame: site.frame(request).frame)
  }

  private func accept(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      _ = try await acceptance.accept(token: entered["token"] ?? "", user: visitor.session.user)
    } catch let error as ControlError where error.code == .invitationInvalid {
      return try await refused(request)
    } catch let error as ControlError where error.code == .alreadyMember {
      return site.seeOther(ReturnPath.home.text)
    }
    return site.seeOther("/organizations?done=\(PageNotice.joined.rawValue)")
  }

  /// One page for all reasons: it tells nobody whom an invitation is for.
  private func refused(_ request: Request) async throws -> Response {
    let visitor = try await site.visitor(request)
    var lines: [PageContext] = [
      .line("It may be used up, taken back, past its time, or for another e-mail address than yours.")
    ]
    if let visitor {
      lines.append(
        .line(
          "You are logged in as", strong: visitor.profile.email,
          after: ". If the invitation went to another address of yours, log out and come back with that account."))
    }
    lines.append(.line("Whoever invited you can send another invitation."))
    return try site.message(
      request, visitor, title: "This invitation is not valid for you", lines: lines,
      action: .link("Go on", "/"), status: .notFound)
  }
}
