internal import Hummingbird
internal import Web

/// `/settings/applications`: the third-party applications that somebody let in, and taking that back.
struct ApplicationPages: Sendable {
  let site: SiteContext
  let applications: Applications

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/applications") { request, _ in try await show(request) }
    router.post("/settings/applications/{client}/withdraw") { request, context in
      try await withdraw(request, client: context.parameters.get("client") ?? "")
    }
  }

  private static let lead = "Applications of others that you let know or do something in your name."

  private func show(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let consents = try await applications.list(of: visitor.session.user)
    return try site.settings(request, visitor, .applications, lead: Self.lead) { _ in
      [
        consents.isEmpty
          ? .card("None", [.line("You have let no application in. One that wants to know you asks first.")])
          : .card(nil, [.line("What you take back ends at once. A region that is cut off may go on for five minutes.")])
            .with(rows: consents.map(Self.row))
      ]
    }
  }

  private static func row(_ consent: ConsentStore.Consent) -> PageContext {
    let allowed = consent.scopes.compactMap { ProviderScope(rawValue: $0)?.sentence }
    return [
      "title": .text(consent.name),
      "lines": .list(allowed.map { .line($0) } + [.line("Since \(PageDate.day(consent.granted))")]),
      "action": .context([
        "target": .text("/settings/applications/\(PercentEncoding.component(consent.client))/withdraw"),
        "label": "Take back", "what": .text(consent.name),
      ]),
    ]
  }

  private func withdraw(_ request: Request, client: String) async throws -> Response {
    let visitor = try await site.required(request)
    _ = try await site.sessions.form(of: request)
    do {
      try await applications.withdraw(client, of: visitor.session.user)
    } catch let error as ControlError where error.code == .clientUnknown {
      // Another tab was faster, or the form is old: what was asked for is so.
      return site.seeOther(SettingsSection.applications.path)
    }
    return site.seeOther("\(SettingsSection.applications.path)?done=\(PageNotice.accessWithdrawn.rawValue)")
  }
}
