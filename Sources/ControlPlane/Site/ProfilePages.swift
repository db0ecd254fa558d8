internal import HTTPTypes
internal import Hummingbird
internal import Web

/// `/settings`: name and e-mail address.
struct ProfilePages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings") { request, _ in try await show(request, try await site.required(request)) }
    router.post("/settings/name") { request, _ in try await rename(request) }
    router.post("/settings/email") { request, context in try await changeEmail(request, context) }
    router.get("/settings/email/verify") { request, _ in try await showVerify(request) }
    router.post("/settings/email/verify") { request, _ in try await verify(request) }
  }

  private func nameForm(_ name: String) -> Form {
    Form(
      id: "name", action: "/settings/name", submit: "Save name",
      [FormField("name", "Name", value: name, hint: "As others see it.", autocomplete: "name")])
  }

  private static let emailForm = Form(
    id: "email", action: "/settings/email", submit: "Change address",
    [
      FormField(
        "email", "New e-mail address", .email, hint: "The change happens when you open the link in the mail to it."),
      FormField("current", "Your password", .password(isNew: false)),
    ])

  private func show(
    _ request: Request, _ visitor: SiteContext.Visitor, refused: Form? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    try site.settings(request, visitor, .profile, status: status) { csrf in
      [
        .card("Your name").with(nameForm(visitor.profile.name), csrf: csrf, refused: refused),
        .card("Your e-mail address", [.line("You log in with", strong: visitor.profile.email, after: ".")])
          .with(Self.emailForm, csrf: csrf, refused: refused),
      ]
    }
  }

  private func rename(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      try await site.accounts.sessions.rename(visitor.session.user, to: entered["name"] ?? "")
    } catch {
      return try await site.refused(error, nameForm(""), entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
    return site.seeOther("/settings?done=\(PageNotice.nameChanged.rawValue)")
  }

  private func changeEmail(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      try await site.accounts.emailChange.request(
        visitor.session, password: entered["current"] ?? "", email: entered["email"] ?? "",
        from: site.caller(request, context))
    } catch {
      return try await site.refused(error, Self.emailForm, entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
    return site.seeOther("/settings?done=\(PageNotice.emailAsked.rawValue)")
  }

  /// Asks for the login of the account that gets the address: whoever got the letter without having asked for it has another one, or none.
  private func showVerify(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let token = request.uri.queryParameters["token"].map(String.init) ?? ""
    let (frame, csrf) = site.frame(request, visitor)
    let form = Form(
      action: "/settings/email/verify", submit: "Use this address", cancel: "/settings", [.hidden("token", token)])
    return try site.pages.response(
      .entry, title: "Confirm your new address",
      [
        "points": [.line("From then on you log in with it instead of", strong: visitor.profile.email, after: ".")],
        "form": .context(form.context(csrf: csrf)),
      ], frame: frame)
  }

  private func verify(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      try await site.accounts.emailChange.verify(token: entered["token"] ?? "", by: visitor.session.user)
    } catch let error as ControlError where error.code == .tokenInvalid {
      return try site.message(
        request, visitor, title: "This link is not valid for you",
        lines: [
          .line("It was used already, its time is over, the address has an account, or another account asked for it."),
          .line("Nothing has changed. You are", strong: visitor.profile.email, after: "."),
        ], action: .link("Go on", "/settings"), status: error.problem.status)
    }
    return site.seeOther("/settings?done=\(PageNotice.emailChanged.rawValue)")
  }
}
