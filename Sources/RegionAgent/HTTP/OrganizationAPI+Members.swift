internal import HTTPTypes
internal import Hummingbird
internal import Postgres
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addMemberRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("members", use: listMembers)
    organization.put("members/:member", use: changeRole).delete("members/:member", use: removeMember)
  }

  @concurrent
  private func listMembers(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context) { access, connection in
      let members = try await MemberStore.page(of: access.organization.id, page, on: connection)
      return Response(json: members.json(\.json))
    }
  }

  @concurrent
  private func changeRole(_ request: Request, context: WebContext) async throws -> Response {
    let body = try await request.json()
    try body.only("role")
    let role = try body.field("role").role()
    return try await writing(request, context, .removeMembers) { access, connection in
      var member = try await member(context, in: access, on: connection)
      try access.requireMayManage(member.role)
      try access.requireMayManage(role)
      if member.role == .owner, role != .owner { try await requireAnotherOwner(access, on: connection) }
      try await MemberStore.setRole(member.id, to: role, on: connection)
      member.role = role
      return Response(json: member.json)
    }
  }

  /// Removes someone, or leaves: that needs no role.
  @concurrent
  private func removeMember(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .read) { access, connection in
      let member = try await member(context, in: access, on: connection)
      if member.id != access.membership.id {
        try access.require(.removeMembers)
        try access.requireMayManage(member.role)
      }
      if member.role == .owner { try await requireAnotherOwner(access, on: connection) }
      try await MemberStore.delete(member.id, on: connection)
      return Response(status: .noContent)
    }
  }

  private func member(
    _ context: WebContext, in access: Access, on connection: RegionConnection
  ) async throws -> Member {
    guard let id = context.parameters.get("member").flatMap(GrantID.init),
      let member = try await MemberStore.find(id, in: access.organization.id, on: connection)
    else { throw Problem.notFound("The member") }
    return member
  }

  /// The organization is locked, so two owners cannot leave at once.
  private func requireAnotherOwner(_ access: Access, on connection: RegionConnection) async throws {
    guard try await MemberStore.ownerCount(of: access.organization.id, on: connection) > 1 else {
      throw Problem(
        .conflict, "last-owner", title: "An organization keeps at least one owner",
        detail: "Make another member an owner first, or delete the organization.")
    }
  }
}

extension JSONReader {
  /// The name of a role.
  func role() throws(JSONError) -> OrganizationRole {
    try parsed("one of the roles member, admin and owner") { OrganizationRole(rawValue: $0) }
  }
}
