internal import FoundationEssentials
internal import Hummingbird
internal import Silo
internal import Web

/// `/organizations`: all of a person's over all regions, the way into each, and new ones.
struct OrganizationPages: Sendable {
  let site: SiteContext
  let directory: OrganizationDirectory
  let registry: RegionRegistry

  /// How long the answer to a creation waits for the region, which mostly takes a few milliseconds: so many looks, so far apart.
  private static let looks = 20
  private static let lookInterval = Duration.milliseconds(100)

  func add(to router: RouterGroup<WebContext>) {
    router.get("/organizations") { request, _ in try await list(request) }
    router.get("/organizations/new") { request, _ in try await showNew(request) }
    router.post("/organizations") { request, _ in try await create(request) }
    router.get("/organizations/{id}/open") { request, context in
      try await open(request, id: context.parameters.get("id"))
    }
  }

  private func list(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let memberships = try await directory.memberships(of: visitor.session.user)
    let regions = Dictionary(grouping: memberships, by: \.region).sorted { $0.key < $1.key }
    return try site.pages.response(
      .organizations, title: "Organizations",
      [
        "isEmpty": .flag(memberships.isEmpty), "canCreate": true,
        "regions": .list(
          regions.map { name, members in
            ["name": .text(name), "organizations": .list(members.map(Self.context))]
          }),
      ], frame: site.frame(request, visitor, place: .organizations).frame)
  }

  private static func context(_ membership: GrantStore.Membership) -> PageContext {
    let isOpen = membership.state == OrganizationHomeState.active.rawValue
    let states = ["provisioning": "being set up", "deleting": "being deleted"]
    return [
      "name": .text(membership.name), "slug": .text(membership.slug), "role": .text(membership.role),
      "initial": .text(membership.name.prefix(1).uppercased()),
      "open": isOpen ? .text("/organizations/\(membership.organization)/open") : .none,
      "state": .optional(states[membership.state]),
      "rename": SlugPages.mayRename(membership) ? .text("/organizations/\(membership.organization)/slug") : .none,
    ]
  }

  /// Into the region: it starts a login, which control answers at once because the person is logged in here.
  private func open(_ request: Request, id: String?) async throws -> Response {
    let visitor = try await site.required(request)
    guard let id = id.flatMap({ OrganizationID($0) }),
      let membership = try await directory.memberships(of: visitor.session.user).first(where: { $0.organization == id })
    else { throw ControlError(.organizationUnknown) }
    return site.seeOther(Self.way(into: membership.slug, at: membership.url))
  }

  static func way(into slug: String, at url: String) -> String {
    "\(url)/auth/login?return_to=%2F&organization=\(PercentEncoding.component(slug))"
  }

  // MARK: New

  private static let title = "New organization"
  private static let lead = "Its data lives in the region that you choose, and nowhere else."

  private func form() async throws -> Form {
    let regions = try await registry.open()
    return Form(
      action: "/organizations", submit: "Create organization", cancel: "/organizations",
      [
        FormField("name", "Name", autocomplete: "organization"),
        FormField(
          "slug", "Short name", hint: "Part of addresses: a-z, 0-9 and hyphens. Left empty, it is made of the name.",
          autocomplete: "off", isRequired: false),
        FormField(
          "region", "Region",
          .choice(
            regions.map { region in
              FormField.Option(
                region.name.text,
                region.locality == region.name.text ? region.name.text : "\(region.name.text) (\(region.locality))")
            })),
        .hidden("request", UUID().uuidString),
      ])
  }

  private func showNew(_ request: Request) async throws -> Response {
    try await page(request, try await site.required(request), try await form(), status: .ok)
  }

  private func create(_ request: Request) async throws -> Response {
    let visitor = try await site.required(request)
    let entered = try await site.sessions.form(of: request)
    do {
      let name = entered["name"] ?? ""
      guard DisplayName(name) != nil else { throw ControlError(.nameInvalid) }
      let slug = entered["slug"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.slug(of: name)
      let creation = try OrganizationDirectory.Creation(slug: slug, name: name, region: entered["region"] ?? "")
      let key = entered["request"].flatMap { UUID(uuidString: $0) }
      let operation = try await directory.create(
        creation, by: visitor.session.user, idempotencyKey: key.map { "page-\($0.uuidString)" })
      try await wait(for: operation, of: visitor.session.user)
      return site.seeOther("/organizations?done=\(PageNotice.organizationCreated.rawValue)")
    } catch {
      guard let refusal = FormRefusal(error) else { throw error }
      return try await page(request, visitor, refusal.form(try await form(), entered), status: refusal.status)
    }
  }

  private func page(
    _ request: Request, _ visitor: SiteContext.Visitor, _ form: Form, status: HTTPResponse.Status
  ) async throws -> Response {
    let (frame, csrf) = site.frame(request, visitor, place: .organizations)
    return try site.pages.response(
      .entry, title: Self.title, ["lead": .text(Self.lead), "form": .context(form.context(csrf: csrf))], frame: frame,
      status: status)
  }

  /// Returns when the region has made the organization, or after a while: then the list says that it is being set up.
  private func wait(for operation: OperationStore.Operation, of user: UserID) async throws {
    var state = operation.state
    for _ in 0..<Self.looks where state != "done" {
      try await Task.sleep(for: Self.lookInterval)
      state = try await directory.operation(operation.id, of: .user(user)).state
    }
  }

  /// A short name made of a name: its letters and digits of ASCII, in lower case, hyphens for the rest.
  static func slug(of name: String) -> String {
    let words = name.lowercased().unicodeScalars.split { scalar in
      !(("a"..."z").contains(scalar) || ("0"..."9").contains(scalar))
    }
    let joined = words.map { String($0) }.joined(separator: "-").prefix(40)
    return String(joined.hasSuffix("-") ? joined.dropLast() : joined)
  }
}
