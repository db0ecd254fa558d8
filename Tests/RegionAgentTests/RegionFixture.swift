import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Outbox
import Postgres
import Silo
import SyncProtocol
import TestSupport
import Testing
import Web

@testable import RegionAgent

/// A migrated region database with what tests put into the replicas, as apply would.
struct RegionFixture {
  let database: SiloDatabase<RegionSilo>
  let key: TokenSigningKey
  let region: RegionName

  var client: PostgresClient { database.client }

  static func with<Result>(_ body: (RegionFixture) async throws -> Result) async throws -> Result {
    try await withTestDatabase(migrations: RegionSchema.migrators) { client in
      let fixture = RegionFixture(
        database: SiloDatabase(client), key: try #require(TokenSigningKey.generate()), region: try RegionName("eu"))
      let key = fixture.key.verificationKey
      try await client.execute(
        """
        INSERT INTO replica.token_key (kid, x, y, state, _generation, _epoch, _head)
        VALUES (\(key.kid), \(key.xText), \(key.yText), 'active', 0, 1, 1)
        """)
      return try await body(fixture)
    }
  }

  // MARK: What control sends

  func receiveUser(_ id: UserID = .new(), status: String = "active", epoch: Int64 = 1) async throws -> UserID {
    try await client.execute(
      """
      INSERT INTO replica."user" (id, name, email, _generation, _epoch, _head)
      VALUES (\(id.uuid), 'Ada', 'ada@example.org', 0, 1, 1)
      """)
    try await receiveStatus(of: id, status: status, epoch: epoch)
    return id
  }

  func receiveStatus(of id: UserID, status: String = "active", epoch: Int64 = 1) async throws {
    try await client.execute(
      """
      INSERT INTO replica.user_status (id, status, epoch, _generation, _epoch, _head)
      VALUES (\(id.uuid), \(status), \(epoch), 0, 1, 1)
      ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, epoch = EXCLUDED.epoch
      """)
  }

  func receiveHome(
    _ id: OrganizationID, slug: String = "acme", creator: GrantID, generation: Int64 = 1, state: String = "provisioning"
  ) async throws {
    try await client.execute(
      """
      INSERT INTO replica.organization_home
        (id, slug, name, generation, state, creator_grant_id, _generation, _epoch, _head)
      VALUES (\(id.uuid), \(slug), 'Acme', \(generation), \(state), \(creator.uuid), 0, 1, 1)
      ON CONFLICT (id) DO UPDATE SET slug = EXCLUDED.slug, generation = EXCLUDED.generation, state = EXCLUDED.state
      """)
  }

  func receiveGrant(
    _ id: GrantID = .new(), organization: OrganizationID, user: UserID, role: String = "owner",
    invitation: InvitationID? = nil, state: String = "live"
  ) async throws -> GrantID {
    try await client.execute(
      """
      INSERT INTO replica."grant"
        (id, organization_id, user_id, role, source, invitation_id, state, _generation, _epoch, _head)
      VALUES (\(id.uuid), \(organization.uuid), \(user.uuid), \(role), \(invitation == nil ? "creator" : "invitation"),
        \(invitation?.uuid), \(state), 0, 1, 1)
      """)
    return id
  }

  func removeGrant(_ id: GrantID) async throws {
    try await client.execute(#"DELETE FROM replica."grant" WHERE id = \#(id.uuid)"#)
  }

  // MARK: What the region does

  var provisioner: Provisioner {
    Provisioner(database: database, applied: Doorbell(), committed: {}, logger: FakeControl.logger)
  }

  /// An organization with an owner, made the way it is always made.
  func organization(slug: String = "acme") async throws -> (id: OrganizationID, owner: UserID, grant: GrantID) {
    let owner = try await receiveUser()
    let id = OrganizationID.new()
    let grant = try await receiveGrant(organization: id, user: owner)
    try await receiveHome(id, slug: slug, creator: grant)
    #expect(try await provisioner.drain() == 0)
    return (id, owner, grant)
  }

  /// A further member, put there directly.
  func member(of organization: OrganizationID, role: OrganizationRole) async throws -> (user: UserID, id: GrantID) {
    let user = try await receiveUser()
    let id = GrantID.new()
    try await client.execute(
      """
      INSERT INTO region.member (id, organization_id, user_id, role)
      VALUES (\(id.uuid), \(organization.uuid), \(user.uuid), \(role.rawValue))
      """)
    return (user, id)
  }

  func count(_ table: String, where condition: SQL = "true") async throws -> Int64 {
    try await client.query("SELECT count(*) FROM \(raw: table) WHERE \(condition)").only().decode(Int64.self)
  }

  /// Pointers of a kind that wait for the sequencer, as keys.
  func pointers(_ kind: String) async throws -> [UUID] {
    try await client.query(
      """
      SELECT encode(p.key, 'hex')::uuid FROM outbox.pending AS p JOIN outbox.kind AS k ON k.id = p.kind
      WHERE k.name = \(kind) ORDER BY p.seq
      """
    ).decode(UUID.self)
  }

  // MARK: Requests

  func token(
    _ user: UserID, _ organization: OrganizationID, epoch: Int64 = 1, region: RegionName? = nil,
    signer: TokenSigningKey? = nil, issuedAt: Int64 = Int64(Date().timeIntervalSince1970)
  ) throws -> String {
    let token = AccessToken(
      user: user, organization: organization, region: region ?? self.region, epoch: epoch, session: .new(),
      id: UUID().uuidString, issuedAt: issuedAt)
    return try #require(token.signed(by: signer ?? key))
  }

  /// Asks the API through its router.
  func call(
    _ method: HTTPRequest.Method, _ path: String, token: String?, body: JSONValue? = nil,
    limits: OrganizationLimits = OrganizationLimits()
  ) async throws -> Answer {
    let router = Router<WebContext>.withProblems()
    OrganizationAPI(database: database, authenticator: Authenticator(region: region), limits: limits)
      .addRoutes(to: router)
    return try await Answer.of(router, method, path, token: token, body: body)
  }
}

/// What a route answered.
struct Answer {
  let status: Int
  let headers: HTTPFields
  let json: JSONValue

  subscript(_ name: String) -> JSONValue? {
    guard case .object(let object) = json else { return nil }
    return object[name]
  }

  /// The last part of a problem's type.
  var problem: String? {
    guard case .string(let type)? = self["type"] else { return nil }
    return type.split(separator: ":").last.map(String.init)
  }

  func text(_ name: String) throws -> String {
    try #require(
      {
        if case .string(let text)? = self[name] { text } else { nil }
      }())
  }

  var items: [JSONValue] {
    guard case .array(let items)? = self["items"] else { return [] }
    return items
  }

  static func of(
    _ router: Router<WebContext>, _ method: HTTPRequest.Method, _ path: String, token: String? = nil,
    body: JSONValue? = nil
  ) async throws -> Answer {
    var headers: HTTPFields = [:]
    if let token { headers[.authorization] = "Bearer \(token)" }
    if body != nil { headers[.contentType] = "application/json" }
    let sent = headers
    return try await Application(router: router).test(.router) { client in
      let response = try await client.execute(
        uri: path, method: method, headers: sent, body: body.map { ByteBuffer(bytes: JSONWriter.write($0)) })
      let bytes = Array(response.body.readableBytesView)
      return Answer(
        status: response.status.code, headers: response.headers,
        json: bytes.isEmpty ? .null : try JSONParser.parse(bytes))
    }
  }
}

extension Identifier {
  static func new() -> Self { Self(IdentifierSource.system.uuid()) }
}
