internal import Hummingbird
internal import Web

/// `/signup` and `/signup/verify`: an account begins with a mail that reaches its address.
struct SignUpPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/signup") { request, _ in try show(request) }
    router.post("/signup") { request, context in try await send(request, context) }
    router.get("/signup/verify") { request, _ in try showVerify(request) }
    router.post("/signup/verify") { request, context in try await verify(request, context) }
  }

  private static let title = "Create your account"
  private static let lead = "One account for every organization in every region."

  private func form() -> Form {
    let shortest = site.environment.limits.shortestPassword
    return Form(
      action: "/signup", submit: "Create account",
      [
        FormField("name", "Name", hint: "As others shall see it.", autocomplete: "name"),
        FormField("email", "E-mail address", .email, hint: "A mail with a link goes there.", autocomplete: "username"),
        FormField(
          "password", "Password", .password(isNew: true),
          hint: "At least \(shortest) characters. A few words in a row are easy to keep in mind."),
      ])
  }

  private func ways(_ request: Request) -> [PageContext] {
    [.way("You have an account?", "Log in", LoginPages.path(returningTo: LoginPages.wayBack(request)))]
  }

  private func show(_ request: Request) throws -> Response {
    let wayBack = LoginPages.wayBack(request)
    let cookies = [wayBack.flatMap(site.sessions.keeping)].compactMap(\.self)
    return try site.entry(
      request, title: Self.title, lead: Self.lead, form: form(), ways: ways(request), cookies: cookies)
  }

  private func send(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    let email = entered["email"] ?? ""
    do {
      try await site.accounts.signUp.request(
        email: email, password: entered["password"] ?? "", name: entered["name"] ?? "",
        from: site.caller(request, context))
    } catch {
      return try site.again(
        request, error, title: Self.title, lead: Self.lead, form: form(), entered: entered, ways: ways(request))
    }
    return try site.message(
      request, title: "Look into your mail",
      lines: [
        .line("We have sent a mail to", strong: email, after: ". Open the link in it, and your account is ready."),
        .line("The link works once, for 24 hours. If nothing arrives, look into the folder for spam or sign up again."),
      ])
  }

  private func verifyForm(_ token: String) -> Form {
    Form(
      action: "/signup/verify", submit: "Confirm my address",
      [.hidden("token", token), FormField("current", "The password that you chose", .password(isNew: false))])
  }

  /// Showing the page confirms nothing: programs that look at links in mails would confirm for people.
  private func showVerify(_ request: Request) throws -> Response {
    try site.entry(
      request, title: "Confirm your e-mail address",
      lead: "Only if you signed up yourself: with the password that you chose then.",
      form: verifyForm(request.uri.queryParameters["token"].map(String.init) ?? ""))
  }

  private func verify(_ request: Request, _ context: WebContext) async throws -> Response {
    let entered = try await site.sessions.form(of: request)
    do {
      _ = try await site.accounts.signUp.verify(
        token: entered["token"] ?? "", password: entered["current"] ?? "", from: site.caller(request, context))
    } catch let error as ControlError where error.code == .tokenInvalid {
      return try site.message(
        request, title: "This link is not valid any more",
        lines: [.line("It was used already, or its time is over. If you have confirmed before, just log in.")],
        action: .link("Log in", "/login"), status: error.problem.status)
    } catch {
      return try site.again(
        request, error, title: "Confirm your e-mail address", form: verifyForm(entered["token"] ?? ""), entered: entered
      )
    }
    return site.seeOther(LoginPages.path(returningTo: site.sessions.keptWayBack(of: request), done: .verified))
  }
}
