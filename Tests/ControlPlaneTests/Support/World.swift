import ControlPlane
import Postgres
import Silo
import SyncProtocol
import Testing

/// Region `eu` with the organization `acme` of Ada, confirmed; and Bob, who belongs nowhere.
struct World: Sendable {
  let control: ControlFixture
  let eu: FakeRegion
  let ada: (id: String, token: String)
  let bob: (id: String, token: String)
  let organization: String
  let grant: String

  init(_ control: ControlFixture) async throws {
    self.control = control
    eu = try await FakeRegion.joined(control, "eu")
    ada = try await control.person("ada@example.com")
    bob = try await control.person("bob@example.com", name: "Bob")
    (organization, grant) = try await Self.organization("acme", of: ada.token, at: eu, control)
    let refused = try await eu.push([
      .init(ReplicatedModels.member, grant, ["organization_id": organization, "user_id": ada.id, "role": "owner"])
    ])
    #expect(refused.isEmpty)
  }

  /// Creates an organization and has its region confirm it.
  static func organization(
    _ slug: String, of token: String, at region: FakeRegion, _ control: ControlFixture
  ) async throws -> (id: String, grant: String) {
    let made = try await control.post(
      "/api/v1/organizations", token: token, ["slug": .string(slug), "region": .string(region.name)])
    #expect(made.status == 202)
    let id = try made.text("organization", "id")
    let grant = try await control.query(
      "SELECT creator_grant_id::text FROM directory.organization_home WHERE slug = \(slug)"
    ).only().decode(String.self)
    let refused = try await region.push([
      .init(ReplicatedModels.organization, id, ["name": slug, "status": "active", "generation": "1"])
    ])
    #expect(refused.isEmpty)
    return (id, grant)
  }

  /// An invitation that the region reports; returns its id and token.
  func invite(
    _ email: String, role: String = "member", expires: String = "2099-01-01T00:00:00Z", token: String? = nil,
    at region: FakeRegion? = nil
  ) async throws -> (id: String, token: String, refused: [RowReference: String]) {
    let id: InvitationID = control.environment.identifiers.next()
    let token = token ?? TokenFormat.invitation.mint()
    let refused = try await (region ?? eu).push([
      .init(
        ReplicatedModels.invitation, id.description,
        [
          "organization_id": organization, "email": email, "role": role,
          "token_digest": Hexadecimal.encode(TokenFormat.digest(of: token)), "expires_at": expires, "state": "pending",
        ])
    ])
    return (id.description, token, refused)
  }

  func accept(_ invitation: String, as token: String) async throws -> Answer {
    try await control.post("/api/v1/invitations/accept", token: token, ["token": .string(invitation)])
  }

  /// The live grant of a person in `acme`.
  func liveGrant(of user: String) async throws -> String? {
    try await control.query(
      "SELECT id::text FROM directory.\"grant\" WHERE state = 'live' AND user_id::text = \(user) AND organization_id::text = \(organization)"
    ).decode(String.self).first
  }

  func interests() async throws -> [String] {
    try await control.query(
      "SELECT root_kind || ' ' || root_id::text || ' ' || state FROM directory.interest WHERE region = \(Int16(eu.silo.value)) ORDER BY 1"
    ).decode(String.self)
  }
}

extension RowImage {
  func value(_ name: String) -> String? { fields?.first { $0.name == name }?.value }
}
