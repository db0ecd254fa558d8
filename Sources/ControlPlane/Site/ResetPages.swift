internal import Hummingbird
internal import Web

/// `/forgot` and `/reset`: a new password for whoever reads the mail of the address.
struct ResetPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/forgot") { request, _ in
      try site.entry(request, title: Self.forgotTitle, lead: Self.forgotLead, form: Self.forgotForm, ways: Self.ways)
    }
    router.post("/forgot") { request, context in try await forgot(request, context) }
    router.get("/reset") { request, _ in
      try site.entry(
        request, title: Self.resetTitle, form: form(request.uri.queryParameters["token"].map(String.init) ?? ""))
    }
    router.post("/reset") { request, context in try await reset(request, context) }
  }

  private static let forgotTitle = "Forgot your password?"
  private static let forgotLead = "Tell us your address, and a mail with a link to set a new one goes there."
  private static let resetTitle = "Set a new password"
  private static let ways = [PageContext.way("It came back to you?", "Log in", "/login")]

  private static let forgotForm = Form(
    action: "/forgot", submit: "Send the mail", [FormField("email", "E-mail address", .email, autocomplete: "username")]
  )

  private func form(_ token: String) -> Form {
    Form(
      action: "/reset", submit: "Set the password",
      [
        FormField(
          "password", "New password", .password(isNew: true),
          hint:
            "At least \(site.environment.limits.shortestPassword) characters. A few words in a row are easy to keep in mind."
        ),
        .hidden("token", token),
      ])
  }

  /// The same answer whether there is an account or not.
  private func forgot(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    let email = entered["email"] ?? ""
    do {
      try await site.accounts.passwords.forgot(email: email, from: site.caller(request, context))
    } catch {
      return try site.again(
        request, error, title: Self.forgotTitle, lead: Self.forgotLead, form: Self.forgotForm, entered: entered,
        ways: Self.ways)
    }
    return try site.message(
      request, title: "Look into your mail",
      lines: [
        .line("If there is an account with", strong: email, after: ", a mail with a link is on its way."),
        .line("The link works once and not for long. If nothing arrives, look into the folder for spam."),
      ])
  }

  private func reset(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    let token = entered["token"] ?? ""
    do {
      try await site.accounts.passwords.reset(
        token: token, password: entered["password"] ?? "", from: site.caller(request, context))
    } catch let error as ControlError where error.code == .tokenInvalid {
      return try site.message(
        request, title: "This link is not valid any more",
        lines: [.line("It was used already, its time is over, or a newer one was sent. Ask for another mail.")],
        action: .link("Send another mail", "/forgot"), status: error.problem.status)
    } catch {
      return try site.again(request, error, title: Self.resetTitle, form: form(token), entered: entered)
    }
    return site.seeOther(LoginPages.path(done: .passwordSet), cookies: site.sessions.closing())
  }
}
