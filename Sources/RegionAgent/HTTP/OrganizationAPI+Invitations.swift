internal import struct FoundationEssentials.Date
internal import HTTPTypes
internal import Hummingbird
internal import Silo
internal import SyncProtocol
internal import Web

extension OrganizationAPI {
  func addInvitationRoutes(to organization: RouterGroup<WebContext>) {
    organization.get("invitations", use: listInvitations).post("invitations", use: invite)
    organization.delete("invitations/:invitation", use: revokeInvitation)
  }

  /// For those who may invite only: addresses of people who are not members yet are nobody else's business.
  @concurrent
  private func listInvitations(_ request: Request, context: WebContext) async throws -> Response {
    let page = try request.page()
    return try await reading(request, context, .inviteMembers) { access, connection in
      let invitations = try await InvitationStore.page(of: access.organization.id, page, on: connection)
      return Response(json: invitations.json { .object($0.json) })
    }
  }

  /// Answers with the token, once; only its digest is stored.
  @concurrent
  private func invite(_ request: Request, context: WebContext) async throws -> Response {
    let body = try await request.json()
    try body.only("email", "role")
    let email = try body.field("email").emailAddress()
    let role = try body.field("role").role()
    let token = TokenFormat.invitation.mint()
    return try await writing(request, context, .inviteMembers) { access, connection in
      try access.requireMayManage(role)
      guard
        try await InvitationStore.pendingCount(of: access.organization.id, on: connection) < limits.pendingInvitations
      else { throw Problem.tooMany("pending invitations", limits.pendingInvitations) }
      let invitation = try await InvitationStore.insert(
        organization: access.organization.id, email: email.uniquenessKey, role: role,
        digest: TokenFormat.digest(of: token), invitedBy: access.caller.user,
        expiresAt: Date(timeIntervalSinceNow: Double(limits.invitationLifetime)), on: connection)
      guard let invitation else {
        throw Problem(
          .conflict, "already-invited", title: "The address has a pending invitation",
          detail: "Revoke it first to send another.")
      }
      var json = invitation.json
      json["token"] = .string(token)
      return Response(json: .object(json), status: .created)
    }
  }

  @concurrent
  private func revokeInvitation(_ request: Request, context: WebContext) async throws -> Response {
    try await writing(request, context, .inviteMembers) { access, connection in
      guard let id = context.parameters.get("invitation").flatMap(InvitationID.init),
        let invitation = try await InvitationStore.locked(id, on: connection),
        invitation.organization == access.organization.id
      else { throw Problem.notFound("The invitation") }
      try access.requireMayManage(invitation.role)
      guard invitation.state != .accepted else {
        throw Problem(
          .conflict, "invitation-accepted", title: "The invitation was accepted", detail: "Remove the member instead.")
      }
      try await InvitationStore.close(id, as: .revoked, on: connection)
      return Response(status: .noContent)
    }
  }
}

extension JSONReader {
  func emailAddress() throws -> EmailAddress {
    do {
      return try EmailAddress(try string(bytes: 1...1024))
    } catch let refusal as EmailAddress.Refusal {
      throw error(expected: "\(refusal)")
    }
  }
}

extension Problem {
  static func tooMany(_ what: String, _ limit: Int64) -> Problem {
    Problem(
      .conflict, "too-many", title: "The organization has as many \(what) as it may", detail: "The limit is \(limit).")
  }

  static func slugTaken(_ what: String) -> Problem {
    Problem(.conflict, "slug-taken", title: "Another \(what) of the organization has this slug")
  }
}
