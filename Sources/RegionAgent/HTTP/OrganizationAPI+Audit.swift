internal import struct FoundationEssentials.Date
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addAuditRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("audit", use: listAudit)
  }

  /// What was changed in the organization here, by whom and with what credential, the newest first.
  @concurrent
  private func listAudit(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context, .readAudit) { access, connection in
      let entries = try await AuditStore.page(of: access.organization.id, page, on: connection)
      return Response(json: entries.json(\.json))
    }
  }

  /// Notes a change, in its transaction.
  func note(
    _ permission: OrganizationPermission, _ request: Request, by access: Access, on connection: RegionConnection
  ) async throws {
    try await AuditStore.append(
      permission.deed, "\(request.method.rawValue) \(request.uri.path)", by: access.caller.user,
      credential: access.caller.credential.name, in: access.organization.id, on: connection)
  }
}

extension OrganizationPermission {
  /// What is done with it, in the words of the audit trail.
  fileprivate var deed: String {
    switch self {
    // The one change that needs no more than membership.
    case .read: "member.leave"
    case .rename: "organization.rename"
    case .changeSlug: "organization.slug"
    case .deleteOrganization: "organization.delete"
    case .inviteMembers: "member.invite"
    case .removeMembers: "member.change"
    case .manageTeams: "team.change"
    case .manageProjects: "project.change"
    case .manageTokens: "api_token.change"
    case .setStaleness: "staleness.change"
    case .readAudit: "audit.read"
    }
  }
}

extension AuditStore.Entry {
  var json: JSONValue {
    [
      "id": .string(id.uuidString.lowercased()), "at": at.json, "user_id": .string(user.description),
      "credential": .string(credential), "action": .string(action), "subject": .string(subject),
    ]
  }
}
