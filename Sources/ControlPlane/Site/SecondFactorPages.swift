internal import HTTPTypes
internal import Hummingbird
internal import Web

/// `/settings/second-factor`: codes of an authenticator, and recovery codes for the day it is lost.
struct SecondFactorPages: Sendable {
  let site: SiteContext

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/second-factor") { request, _ in try await show(request, try await site.required(request)) }
    router.post("/settings/second-factor/begin") { request, _ in try await begin(request) }
    router.post("/settings/second-factor/confirm") { request, context in try await confirm(request, context) }
    router.post("/settings/second-factor/codes") { request, _ in try await renewCodes(request) }
    router.post("/settings/second-factor/remove") { request, context in try await remove(request, context) }
  }

  private static let lead = "A code of a device that you carry, besides the password."
  private static let passwordField = FormField("current", "Your password", .password(isNew: false))
  private static let codeField = FormField(
    "code", "Code", .code(isNumeric: false), hint: "The six digits of your authenticator, or a recovery code.")
  private static let beginForm = Form(
    id: "begin", action: "/settings/second-factor/begin", submit: "Set up", [passwordField])
  private static let codesForm = Form(
    id: "codes", action: "/settings/second-factor/codes", submit: "Make new codes", [passwordField, codeField])
  private static let removeForm = Form(
    id: "remove", action: "/settings/second-factor/remove", submit: "Turn off", isDanger: true,
    [passwordField, codeField])

  private func show(
    _ request: Request, _ visitor: SiteContext.Visitor, refused: Form? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let state = try await site.accounts.secondFactor.state(of: visitor.session.user)
    return try site.settings(request, visitor, .secondFactor, lead: Self.lead, status: status) { csrf in
      guard state.isOn else {
        return [
          .card(
            "Two-step login is off",
            [
              .line(
                "You need an application for one-time codes on your telephone or computer, such as a password manager.")
            ]
          ).with(Self.beginForm, csrf: csrf, refused: refused)
        ]
      }
      return [
        .card(
          "Two-step login is on",
          [
            .line("Recovery codes left:", strong: String(state.recoveryCodesLeft), after: "."),
            .line("New codes take the place of all old ones."),
          ]
        ).with(Self.codesForm, csrf: csrf, refused: refused),
        .card("Turn it off", [.line("From then on the password alone opens your account.")])
          .with(Self.removeForm, csrf: csrf, refused: refused),
      ]
    }
  }

  // MARK: Setting up

  private func begin(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let setup = try await site.accounts.secondFactor.begin(visitor.session, password: entered["current"] ?? "")
      return try showSetup(request, visitor, confirmForm(secret: setup.secret, uri: setup.uri))
    } catch {
      return try await site.refused(error, Self.beginForm, entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
  }

  /// The form carries what it shows, so that a mistyped code does not begin everything anew. What counts is what control keeps.
  private func confirmForm(secret: String, uri: String) -> Form {
    Form(
      id: "confirm", action: "/settings/second-factor/confirm", submit: "Turn on",
      cancel: SettingsSection.secondFactor.path,
      [
        FormField("code", "Code", .code(isNumeric: true), hint: "The six digits that the application shows now."),
        .hidden("secret", secret), .hidden("uri", uri),
      ])
  }

  private func showSetup(
    _ request: Request, _ visitor: SiteContext.Visitor, _ form: Form, status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let value = { (name: String) in form.fields.first { $0.name == name }?.value ?? "" }
    var card = PageContext.card(
      "Add this key to your application",
      [.line("Scan the picture, or type the key. Then enter the code that it shows.")])
    if let code = QRCode(value("uri")) {
      card["qr"] = .context([
        "size": .text(String(code.pictureSize)), "path": .text(code.path), "label": "QR code of the key",
      ])
    }
    // In groups of four: people type it.
    let key = value("secret")
    let grouped = key.enumerated().reduce(into: "") { text, each in
      if each.offset > 0, each.offset % 4 == 0 { text += " " }
      text.append(each.element)
    }
    return try site.settings(
      request, visitor, .secondFactor, title: "Set up two-step login", status: status
    ) { csrf in
      [card.with(secret: grouped, label: "The key, to be typed:").with(form, csrf: csrf)]
    }
  }

  private func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let confirmed = try await site.accounts.secondFactor.confirm(
        visitor.session, code: entered["code"] ?? "", from: site.caller(request, context))
      return try showCodes(
        request, visitor, confirmed.recoveryCodes, title: "Two-step login is on", opened: confirmed.session)
    } catch {
      let (secret, uri) = (entered["secret"] ?? "", entered["uri"] ?? "")
      // Only what can have come from our own page is shown again.
      guard secret.utf8.allSatisfy({ (0x41...0x5A).contains($0) || (0x32...0x37).contains($0) }),
        uri.hasPrefix("otpauth://totp/"), uri.contains("secret=\(secret)&")
      else { throw error }
      return try await site.refused(error, confirmForm(secret: secret, uri: uri), entered) { form, status in
        try showSetup(request, visitor, form, status: status)
      }
    }
  }

  // MARK: Recovery codes

  private func showCodes(
    _ request: Request, _ visitor: SiteContext.Visitor, _ codes: [String], title: String, opened: OpenedSession? = nil
  ) throws -> Response {
    try site.settings(request, visitor, .secondFactor, title: title, opened: opened) { _ in
      [
        .card(
          "Keep your recovery codes",
          [
            .line(
              "Each opens your account once when your device is lost. They are not shown again: print them, or put them into a password manager."
            )
          ]
        ).with(codes: codes, label: "Recovery codes")
          .with(link: .link("I have kept them", SettingsSection.secondFactor.path))
      ]
    }
  }

  private func renewCodes(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let codes = try await site.accounts.secondFactor.renewCodes(
        visitor.session, password: entered["current"] ?? "", code: entered["code"] ?? "")
      return try showCodes(request, visitor, codes, title: "New recovery codes")
    } catch {
      return try await site.refused(error, Self.codesForm, entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
  }

  private func remove(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let opened = try await site.accounts.secondFactor.remove(
        visitor.session, password: entered["current"] ?? "", code: entered["code"] ?? "",
        from: site.caller(request, context))
      return site.seeOther(
        "\(SettingsSection.secondFactor.path)?done=\(PageNotice.secondFactorOff.rawValue)",
        cookies: site.cookies(of: opened))
    } catch {
      return try await site.refused(error, Self.removeForm, entered) { form, status in
        try await show(request, visitor, refused: form, status: status)
      }
    }
  }
}
