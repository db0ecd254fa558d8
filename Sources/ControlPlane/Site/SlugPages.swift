internal import FoundationEssentials
internal import Hummingbird
internal import Silo
internal import Web

/// `/organizations/{id}/slug`: an owner gives an organization another short name.
struct SlugPages: Sendable {
  let site: SiteContext
  let directory: OrganizationDirectory
  let slugs: SlugDirectory

  private static let title = "Change the short name"
  private static let lead =
    "Addresses change with it. The present short name leads on for 90 days and belongs to nobody else for so long; you can take it back."

  func add(to router: RouterGroup<WebContext>) {
    router.get("/organizations/{id}/slug") { request, context in
      let visitor = try await site.required(request)
      let membership = try await membership(of: visitor, id: context.parameters.get("id"))
      return try page(request, visitor, form(membership), status: .ok)
    }
    router.post("/organizations/{id}/slug") { request, context in
      try await rename(request, id: context.parameters.get("id"))
    }
  }

  /// Whether somebody may change the short name of an organization that is theirs.
  static func mayRename(_ membership: GrantStore.Membership) -> Bool {
    membership.state == OrganizationHomeState.active.rawValue
      && OrganizationRole(rawValue: membership.role)?.allows(.changeSlug) ?? false
  }

  /// To those who may not change it, it is not there.
  private func membership(of visitor: SiteContext.Visitor, id: String?) async throws -> GrantStore.Membership {
    guard let id = id.flatMap({ OrganizationID($0) }),
      let membership = try await directory.memberships(of: visitor.session.user).first(where: { $0.organization == id }
      ),
      Self.mayRename(membership)
    else { throw ControlError(.organizationUnknown) }
    return membership
  }

  private func form(_ membership: GrantStore.Membership) -> Form {
    Form(
      action: "/organizations/\(membership.organization)/slug", submit: "Change short name", cancel: "/organizations",
      [
        FormField(
          "slug", "Short name", value: membership.slug, hint: "Part of addresses: a-z, 0-9 and hyphens.",
          autocomplete: "off"),
        .hidden("request", UUID().uuidString),
      ])
  }

  private func rename(_ request: Request, id: String?) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    let membership = try await membership(of: visitor, id: id)
    do {
      let key = entered["request"].flatMap { UUID(uuidString: $0) }
      _ = try await slugs.rename(
        membership.organization, to: entered["slug"] ?? "", by: .user(visitor.session.user),
        idempotencyKey: key.map { "page-\($0.uuidString)" })
      return site.seeOther("/organizations?done=\(PageNotice.slugChanged.rawValue)")
    } catch {
      guard let refusal = FormRefusal(error) else { throw error }
      return try page(request, visitor, refusal.form(form(membership), entered), status: refusal.status)
    }
  }

  private func page(
    _ request: Request, _ visitor: SiteContext.Visitor, _ form: Form, status: HTTPResponse.Status
  ) throws -> Response {
    let (frame, csrf) = site.frame(request, visitor, place: .organizations)
    return try site.pages.response(
      .entry, title: Self.title, ["lead": .text(Self.lead), "form": .context(form.context(csrf: csrf))], frame: frame,
      status: status)
  }
}
