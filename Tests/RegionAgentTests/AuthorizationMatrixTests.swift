import FoundationEssentials
import HTTPTypes
import Outbox
import Postgres
import Silo
import SyncProtocol
import Testing
import Web

@testable import RegionAgent

/// Every route of the organization API, with what it needs: the matrix of routes, roles and tenants is made from this list.
@Suite("Every rule of the organization API, both ways")
struct AuthorizationMatrixTests {
  struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let permission: OrganizationPermission
    var body: JSONValue?
    /// Whether it changes something although it needs no more than membership.
    var isChange = false
  }

  static let nobody = "00000000-0000-7000-8000-000000000000"
  static let routes: [Route] = {
    let o = "/api/0/organizations/acme"
    let p = "/api/0/projects/acme/none"
    return [
      Route(method: .get, path: o, permission: .read),
      Route(method: .put, path: o, permission: .rename, body: ["name": "New"]),
      Route(method: .delete, path: o, permission: .deleteOrganization),
      Route(method: .get, path: o + "/staleness", permission: .read),
      Route(
        method: .put, path: o + "/staleness", permission: .setStaleness,
        body: ["degraded_seconds": .null, "closed_seconds": .null, "refused": []]),
      Route(method: .delete, path: o + "/staleness", permission: .setStaleness),
      Route(method: .get, path: o + "/api-tokens", permission: .manageTokens),
      Route(method: .get, path: o + "/audit", permission: .readAudit),
      Route(method: .get, path: o + "/members", permission: .read),
      Route(method: .put, path: o + "/members/\(nobody)", permission: .removeMembers, body: ["role": "member"]),
      Route(method: .delete, path: o + "/members/\(nobody)", permission: .read, isChange: true),
      Route(method: .get, path: o + "/invitations", permission: .inviteMembers),
      Route(
        method: .post, path: o + "/invitations", permission: .inviteMembers,
        body: ["email": "new@example.org", "role": "member"]),
      Route(method: .delete, path: o + "/invitations/\(nobody)", permission: .inviteMembers),
      Route(method: .get, path: o + "/teams", permission: .read),
      Route(method: .post, path: o + "/teams", permission: .manageTeams, body: ["slug": "t"]),
      Route(method: .get, path: o + "/teams/none", permission: .read),
      Route(method: .put, path: o + "/teams/none", permission: .manageTeams, body: ["name": "T"]),
      Route(method: .delete, path: o + "/teams/none", permission: .manageTeams),
      Route(method: .get, path: o + "/projects", permission: .read),
      Route(method: .post, path: o + "/projects", permission: .manageProjects, body: ["slug": "p"]),
      Route(method: .get, path: p, permission: .read),
      Route(method: .put, path: p, permission: .manageProjects, body: ["name": "P"]),
      Route(method: .delete, path: p, permission: .manageProjects),
      Route(method: .get, path: p + "/keys", permission: .read),
      Route(method: .post, path: p + "/keys", permission: .manageProjects),
      Route(method: .get, path: p + "/keys/\(nobody)", permission: .read),
      Route(method: .put, path: p + "/keys/\(nobody)", permission: .manageProjects, body: ["status": "disabled"]),
      Route(method: .delete, path: p + "/keys/\(nobody)", permission: .manageProjects),
    ]
  }()

  /// Whether a route let somebody in: whatever it then found.
  private static func passed(_ answer: Answer) -> Bool {
    ![401, 403, 503].contains(answer.status) && answer["title"] != "The organization was not found"
  }

  @Test("the list is complete")
  func complete() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/RegionAgent/HTTP").path
    var found = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix("OrganizationAPI+") {
      let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
      found += text.matches(of: #/\.(get|put|post|delete)\([^)]*use: /#).count
    }
    #expect(found == Self.routes.count, "a route was added or removed: say in the list what it needs")
  }

  @Test("route x role x tenant x credential", arguments: OrganizationRole.allCases.map { Optional($0) } + [nil])
  func matrix(role: OrganizationRole?) async throws {
    try await RegionFixture.with { region in
      try await region.receiveSite()
      for route in Self.routes {
        let isAllowed = role?.allows(route.permission) ?? false
        let isSafe = route.method == .get
        let (id, _, _) = try await region.organization()
        // Without a role: somebody of another organization, who owns that one.
        let user: UserID
        var other: OrganizationID?
        if let role {
          user = try await region.member(of: id, role: role).user
        } else {
          let theirs = try await region.organization(slug: "theirs")
          (user, other) = (theirs.owner, theirs.id)
        }
        let session = try await region.session(of: user)
        let cookie: HTTPFields = [.cookie: "__Host-atoll-session=\(session)"]
        var own = cookie
        own[.origin] = LoginFixture.url
        let untold = own
        own[.csrfToken] = SessionFormToken.of(session)
        var strange = own
        strange[.csrfToken] = SessionFormToken.of(try await region.session(of: user))
        func call(_ token: String?, _ headers: HTTPFields = [:]) async throws -> Answer {
          try await region.call(route.method, route.path, token: token, body: route.body, headers: headers)
        }
        let what = "\(route.method) \(route.path) as \(role?.rawValue ?? "stranger")"
        // First what must be refused, then what may change something.
        #expect(try await call(nil).status == 401, "\(what) without a credential")
        #expect(
          try await Self.passed(call(nil, cookie)) == (isAllowed && isSafe), "\(what) by cookie without an origin")
        for headers in [untold, strange] {
          #expect(
            try await Self.passed(call(nil, headers)) == (isAllowed && isSafe),
            "\(what) by cookie without a token of that session")
        }
        var foreign = own
        foreign[.origin] = "https://us.example.com"
        #expect(try await !Self.passed(call(nil, foreign)), "\(what) by a foreign page")
        let needed = route.isChange ? nil : route.permission.scope
        let without = try await region.receiveAPIToken(
          of: user, id, scopes: ["app:other"] + APITokenScope.known.filter { $0 != needed })
        #expect(try await !Self.passed(call(without)), "\(what) by API token without the scope")
        if let other {
          let theirs = try await region.receiveAPIToken(of: user, other)
          #expect(try await !Self.passed(call(theirs)), "\(what) by another organization's token")
          #expect(try await !Self.passed(call(try region.token(user, other))), "\(what) by another's access token")
        }
        if let needed {
          let token = try await region.receiveAPIToken(of: user, id, scopes: [needed])
          let allowed = try await Self.passed(call(token))
          #expect(allowed == isAllowed, "\(what) by API token")
        }
        if route.permission != .deleteOrganization || !isAllowed {
          #expect(try await Self.passed(call(nil, own)) == isAllowed, "\(what) by session")
          #expect(try await Self.passed(call(try region.token(user, id))) == isAllowed, "\(what) by access token")
        }
        try await Self.clear(region)
      }
    }
  }

  private static func clear(_ region: RegionFixture) async throws {
    for table in [
      "region.staleness_policy", "region.project_key", "region.project", "region.team", "region.invitation",
      "region.member", "region.organization", "replica.organization_home", "replica.\"grant\"", "region.grant_decision",
    ] { try await region.client.execute("DELETE FROM \(raw: table)") }
  }
}
