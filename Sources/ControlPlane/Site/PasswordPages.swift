internal import HTTPTypes
internal import Hummingbird
internal import Web

/// `/settings/password`.
struct PasswordPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/password") { request, _ in try await show(request, try await site.required(request)) }
    router.post("/settings/password") { request, context in try await change(request, context) }
  }

  private func form(_ visitor: SiteContext.Visitor) -> Form {
    Form(
      id: "password", action: "/settings/password", submit: "Change password",
      [
        FormField("account", "", .account, value: visitor.profile.email),
        FormField("current", "Current password", .password(isNew: false)),
        FormField(
          "password", "New password", .password(isNew: true),
          hint:
            "At least \(site.environment.limits.shortestPassword) characters. A few words in a row are easy to keep in mind."
        ),
      ])
  }

  private func show(
    _ request: Request, _ visitor: SiteContext.Visitor, refused: Form? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    try site.settings(request, visitor, .password, status: status) { csrf in
      [
        .card(nil, [.line("A change ends every other session of yours, here and in every region.")])
          .with(form(visitor), csrf: csrf, refused: refused)
      ]
    }
  }

  private func change(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let opened = try await site.accounts.passwords.change(
        visitor.session, old: entered["current"] ?? "", new: entered["password"] ?? "",
        from: site.caller(request, context))
      return site.seeOther(
        "/settings/password?done=\(PageNotice.passwordChanged.rawValue)", cookies: site.cookies(of: opened))
    } catch {
      return try await site.refused(error, form(visitor), entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
  }
}
