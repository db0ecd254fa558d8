internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import Web

/// `/settings/tokens`: API tokens of organizations.
struct TokenPages: Sendable {
  let site: SiteContext
  let tokens: APITokenService
  let directory: OrganizationDirectory

  func add(to router: RouterGroup<WebContext>) {
    router.get("/settings/tokens") { request, _ in try await chooseOrganization(request) }
    router.get("/settings/tokens/{organization}") { request, context in
      let visitor = try await site.required(request)
      return try await show(request, visitor, try await membership(context, of: visitor))
    }
    router.post("/settings/tokens/{organization}") { request, context in try await create(request, context) }
    router.post("/settings/tokens/{organization}/{token}/revoke") { request, context in
      try await revoke(request, context)
    }
  }

  private static let lead = "For programs that call an organization's region in your name."

  private func chooseOrganization(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let memberships = try await directory.memberships(of: visitor.session.user)
    let rows = memberships.map { membership -> PageContext in
      [
        "title": .text(membership.name), "target": .text("/settings/tokens/\(membership.organization)"),
        "lines": .list([.line("\(membership.slug) in region \(membership.region)")]),
      ]
    }
    return try site.settings(request, visitor, .tokens, lead: Self.lead) { _ in
      [
        rows.isEmpty
          ? .card("No organization yet", [.line("A token belongs to one organization. Create or join one first.")])
          : .card("Choose the organization").with(rows: rows)
      ]
    }
  }

  private func membership(
    _ context: WebContext, of visitor: SiteContext.Visitor
  ) async throws -> GrantStore.Membership {
    let id = context.parameters.get("organization").flatMap { OrganizationID($0) }
    let memberships = try await directory.memberships(of: visitor.session.user)
    guard let membership = memberships.first(where: { $0.organization == id }) else {
      throw ControlError(.organizationUnknown)
    }
    return membership
  }

  /// - Parameter asksPassword: whether the person has to show once more who they are.
  private func form(_ organization: OrganizationID, asksPassword: Bool) -> Form {
    let longest = site.environment.limits.longestAPITokenDays
    let days = [7, 30, 90, 365].filter { $0 <= longest }
    var time = FormField(
      "days", "Good for", .choice(days.map { FormField.Option(String($0), $0 == 365 ? "a year" : "\($0) days") }))
    time.value = days.contains(90) ? "90" : ""
    return Form(
      id: "create", action: "/settings/tokens/\(organization)", submit: "Create token",
      [
        FormField("name", "Name", hint: "What uses it, so that you recognize it later.", autocomplete: "off"),
        FormField(
          "scopes", "What it may do", .checks(APITokenScope.known.map { FormField.Option($0, Self.words($0)) }),
          hint: "Never more than you may at that moment.", isRequired: false),
        FormField(
          "own", "Scopes of the application", hint: "Such as app:deploy; several with spaces between.",
          autocomplete: "off", isRequired: false),
        time,
      ]
        + (asksPassword
          ? [
            FormField(
              "current", "Your password", .password(isNew: false),
              hint: "Asked for once more: a token outlives your session.")
          ] : []))
  }

  private static func words(_ scope: String) -> String {
    switch scope {
    case "org:read": "Read the organization"
    case "org:write": "Change the organization's name and settings"
    case "org:admin": "Change its short name, delete it"
    case "member:write": "Invite and remove members"
    case "team:write": "Manage teams"
    case "project:write": "Manage projects and their keys"
    default: scope
    }
  }

  private func show(
    _ request: Request, _ visitor: SiteContext.Visitor, _ membership: GrantStore.Membership, refused: Form? = nil,
    created: APITokenService.Created? = nil, status: HTTPResponse.Status = .ok
  ) async throws -> Response {
    let listed = try await tokens.list(
      organization: membership.organization.description, by: visitor.session.user)
    let now = site.environment.now()
    let live = listed.filter { $0.state == "active" && $0.expires > now }
    let mayManage = OrganizationRole(rawValue: membership.role)?.allows(.manageTokens) ?? false
    return try site.settings(
      request, visitor, .tokens, title: "API tokens of \(membership.name)", lead: Self.lead, status: status
    ) { csrf in
      var cards: [PageContext] = []
      if let created {
        cards.append(
          .card(
            "Your new token",
            [
              .line(
                "It is not shown again: put it where the program reads it. It is good at", strong: created.regionURL)
            ]
          ).with(secret: created.token, label: "The token \(created.listed.name):"))
      }
      if !live.isEmpty { cards.append(.card("Tokens").with(rows: live.map { Self.row($0, membership) })) }
      cards.append(
        mayManage
          ? .card("New token").with(
            form(membership.organization, asksPassword: tokens.asksPassword(visitor.session)), csrf: csrf,
            refused: refused)
          : .card("New token", [.line("Your role in this organization, \(membership.role), may not make tokens.")]))
      return cards
    }
  }

  private static func row(_ token: APITokenStore.Listed, _ membership: GrantStore.Membership) -> PageContext {
    [
      "title": .text(token.name),
      "lines": .list([
        .line(token.scopes.joined(separator: ", ")),
        .line("Made \(PageDate.day(token.created)), good until \(PageDate.day(token.expires))"),
      ]),
      "action": .context([
        "target": .text("/settings/tokens/\(membership.organization)/\(token.id)/revoke"), "label": "Revoke",
        "what": .text(token.name),
      ]),
    ]
  }

  private func create(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    let membership = try await membership(context, of: visitor)
    let own = (entered["own"] ?? "").split(separator: " ").map(String.init)
    do {
      let created = try await tokens.create(
        APITokenService.Request(
          organization: membership.organization.description, name: entered["name"] ?? "",
          scopes: entered.all("scopes") + own, days: entered["days"].flatMap { Int($0) } ?? 0),
        by: visitor.session, password: entered["current"])
      return try await show(request, visitor, membership, created: created)
    } catch {
      let form = form(membership.organization, asksPassword: tokens.asksPassword(visitor.session))
      return try await site.refused(error, form, entered) { form, status in
        try await show(request, visitor, membership, refused: form, status: status)
      }
    }
  }

  private func revoke(_ request: Request, _ context: WebContext) async throws -> Response {
    let visitor = try await site.required(request)
    _ = try await site.sessions.form(of: request)
    let membership = try await membership(context, of: visitor)
    guard let token = context.parameters.get("token").flatMap({ APITokenID($0) }) else {
      throw ControlError(.apiTokenUnknown)
    }
    try await tokens.revoke(token, by: visitor.session.user)
    return site.seeOther("/settings/tokens/\(membership.organization)?done=\(PageNotice.tokenRevoked.rawValue)")
  }
}
