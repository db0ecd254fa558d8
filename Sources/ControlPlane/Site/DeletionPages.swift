internal import HTTPTypes
internal import Hummingbird
internal import Web

/// `/settings/delete`: the end of an account.
struct DeletionPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/delete") { request, _ in try await show(request, try await site.required(request)) }
    router.post("/settings/delete") { request, _ in try await delete(request) }
  }

  private func form(hasSecondFactor: Bool) -> Form {
    var fields = [FormField("current", "Your password", .password(isNew: false))]
    if hasSecondFactor {
      fields.append(
        FormField(
          "code", "Code", .code(isNumeric: false), hint: "The six digits of your authenticator, or a recovery code."))
    }
    return Form(
      id: "delete", action: "/settings/delete", submit: "Delete my account", isDanger: true, cancel: "/settings", fields
    )
  }

  private func show(
    _ request: Request, _ visitor: SiteContext.Visitor, refused: Form? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let state = try await site.accounts.secondFactor.state(of: visitor.session.user)
    return try site.settings(request, visitor, .deletion, status: status) { csrf in
      [
        .card(
          nil,
          [
            .line(
              "Your name, address, password and sessions are erased, your memberships end, and your tokens stop working in every region."
            ),
            .line("Organizations stay. One that only you own needs another owner first."),
            .line("This cannot be undone. You are", strong: visitor.profile.email, after: "."),
          ]
        ).with(form(hasSecondFactor: state.isOn), csrf: csrf, refused: refused)
      ]
    }
  }

  private func delete(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      try await site.accounts.deletion.delete(
        visitor.session, password: entered["current"] ?? "", code: entered["code"])
    } catch {
      return try await site.refused(error, form(hasSecondFactor: true), entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
    return site.seeOther(
      LoginPages.path(done: .deleted),
      cookies: site.sessions.closing() + [BrowserCookie.device.cleared(at: site.sessions.site)])
  }
}
