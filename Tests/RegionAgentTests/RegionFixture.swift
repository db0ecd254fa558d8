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
      try await fixture.receiveFreshness()
      return try await body(fixture)
    }
  }

  // MARK: What control sends

  /// Everything that control committed up to so many seconds ago is here; nil: nothing was ever complete.
  func receiveFreshness(secondsAgo: Double? = 0, epoch: Int32 = 1, seen transaction: UInt64 = 100) async throws {
    for lane in ["priority", "main"] {
      try await client.execute(
        """
        INSERT INTO outbox.cursor (stream, lane, epoch, epoch_id, position, chain, complete_as_of, complete_snapshot)
        VALUES (0, \(lane), \(epoch), repeat('a', 32), 0, decode(repeat('00', 32), 'hex'),
          CASE WHEN \(secondsAgo) IS NULL THEN 0
            ELSE ((extract(epoch FROM clock_timestamp()) - \(secondsAgo)) * 1000000)::int8 END,
          (\(String(transaction)) || ':' || \(String(transaction)) || ':')::pg_snapshot)
        ON CONFLICT (stream, lane) DO UPDATE SET epoch = EXCLUDED.epoch, complete_as_of = EXCLUDED.complete_as_of,
          complete_snapshot = EXCLUDED.complete_snapshot
        """)
    }
  }

  func receiveSite(_ url: String = "https://eu.example.com") async throws {
    try await client.execute(
      """
      INSERT INTO replica.region (id, name, url, category, locality, residency_tier, _generation, _epoch, _head)
      VALUES (gen_random_uuid(), \(region.text), \(url), 'multi_tenant', 'eu', 'full', 0, 1, 1)
      """)
  }

  func receiveControlSession(
    _ id: SessionID = .new(), user: UserID, state: String = "live", lifetime: Int64 = 86_400
  ) async throws -> SessionID {
    try await client.execute(
      """
      INSERT INTO replica.control_session (id, user_id, state, expires, _generation, _epoch, _head)
      VALUES (\(id.uuid), \(user.uuid), \(state), extract(epoch FROM now())::int8 + \(lifetime), 0, 1, 1)
      ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, expires = EXCLUDED.expires
      """)
    return id
  }

  /// An API token that control sent; returns its text.
  func receiveAPIToken(
    of user: UserID, _ organization: OrganizationID, scopes: [String] = APITokenScope.known, lifetime: Int64 = 86_400,
    region other: RegionName? = nil, id: APITokenID = .new()
  ) async throws -> String {
    let text = APITokenFormat.mint(for: other ?? region)
    try await client.execute(
      """
      INSERT INTO replica.api_token
        (id, organization_id, user_id, digest, scopes, expires, _generation, _epoch, _head)
      VALUES (\(id.uuid), \(organization.uuid), \(user.uuid), \(Hexadecimal.encode(TokenFormat.digest(of: text))),
        \(scopes.joined(separator: " ")), extract(epoch FROM now())::int8 + \(lifetime), 0, 1, 1)
      """)
    return text
  }

  /// A session of a browser, as a login opens it; returns the cookie's value.
  func session(
    of user: UserID, on control: SessionID? = nil, epoch: Int64 = 1, seenSecondsAgo: Double = 0,
    lifetime: Double = 86_400
  ) async throws -> String {
    let value = TokenFormat.browserSession.mint()
    let control = if let control { control } else { try await receiveControlSession(user: user) }
    try await client.execute(
      """
      INSERT INTO region.browser_session
        (id, digest, user_id, control_session, epoch, methods, authenticated, created, seen, expires)
      VALUES (gen_random_uuid(), \(TokenFormat.digest(of: value)), \(user.uuid), \(control.uuid), \(epoch), 'pwd', now(), now(),
        now() - make_interval(secs => \(seenSecondsAgo)), now() + make_interval(secs => \(lifetime)))
      """)
    return value
  }

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
    signer: TokenSigningKey? = nil, session: SessionID = .new(), authorization: AuthorizationID? = nil,
    issuedAt: Int64 = Int64(Date().timeIntervalSince1970)
  ) throws -> String {
    let token = AccessToken(
      user: user, organization: organization, region: region ?? self.region, epoch: epoch, session: session,
      client: authorization.map { _ in "wiki" }, authorization: authorization, id: UUID().uuidString, issuedAt: issuedAt
    )
    return try #require(token.signed(by: signer ?? key))
  }

  /// Asks the API through its router.
  func call(
    _ method: HTTPRequest.Method, _ path: String, token: String?, body: JSONValue? = nil,
    limits: OrganizationLimits = OrganizationLimits(), headers: HTTPFields = [:]
  ) async throws -> Answer {
    let router = Router<WebContext>.withProblems()
    OrganizationAPI(
      database: database, authenticator: Authenticator(region: region), sites: RegionSites(region: region),
      age: .byClock(WallClock.system.seconds), limits: limits
    ).addRoutes(to: router)
    return try await Answer.of(router, method, path, token: token, body: body, headers: headers)
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
    body: JSONValue? = nil, text: String? = nil, headers extra: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = extra
    if let token { headers[.authorization] = "Bearer \(token)" }
    if body != nil { headers[.contentType] = "application/json" }
    let sent = headers
    let content = text.map { ByteBuffer(string: $0) } ?? body.map { ByteBuffer(bytes: JSONWriter.write($0)) }
    return try await Application(router: router).test(.router) { client in
      let response = try await client.execute(uri: path, method: method, headers: sent, body: content)
      let bytes = Array(response.body.readableBytesView)
      return Answer(
        status: response.status.code, headers: response.headers,
        json: (response.headers[.contentType] ?? "").contains("json") ? try JSONParser.parse(bytes) : .null)
    }
  }
}

extension Identifier {
  static func new() -> Self { Self(IdentifierSource.system.uuid()) }
}
