import Crypto
import FoundationEssentials
import NIOHTTP1
import SyncProtocol

/// A person and an organization in every region, made through the public API like anybody else's.
struct DemoData: Sendable {
  static let email = "demo@example.com"

  let layout: ArchipelagoLayout
  private var file: SecretFile { SecretFile(path: "\(layout.root)/demo.json") }

  init(layout: ArchipelagoLayout) { self.layout = layout }

  /// What `atoll dev` prints.
  struct Credentials: Sendable {
    let password: String
    let sessionToken: String
    /// Slug and region of each organization.
    let organizations: [(slug: String, region: String)]
  }

  /// Makes what is missing and logs in.
  func prepare() async throws -> Credentials {
    let control = JSONClient(base: layout.url(of: layout.control))
    let password = try password()
    let account: JSONValue = ["email": .string(Self.email), "password": .string(password)]
    var login = try await control.send(.POST, "/api/v1/login", account)
    if login.status == 401 {
      try await SignUp(control: control, mail: layout.control.mail).make(
        email: Self.email, password: password, name: "Demo Person")
      login = try await control.send(.POST, "/api/v1/login", account)
    }
    guard login.status == 200 else {
      throw CommandFailure(
        .data, "the demo user cannot log in (status \(login.status))",
        advice: "remove \(layout.root) to begin anew; its data is lost then")
    }
    let token = try login.reader.field("session_token").string()
    let session = JSONClient(base: control.base, token: token)
    var organizations: [(slug: String, region: String)] = []
    for region in layout.regions {
      try await ensureOrganization("acme-\(region.name)", in: region.name, session)
      organizations.append(("acme-\(region.name)", region.name))
    }
    return Credentials(password: password, sessionToken: token, organizations: organizations)
  }

  /// One durable operation: asking again with the same key finds the same one.
  private func ensureOrganization(_ slug: String, in region: String, _ session: JSONClient) async throws {
    let listed = try await session.call(.GET, "/api/v1/organizations").field("organizations").array(maximum: 1000)
    guard try !listed.contains(where: { try $0.field("slug").string() == slug }) else { return }
    _ = try await session.call(
      .POST, "/api/v1/organizations",
      ["slug": .string(slug), "name": .string("Acme \(region.uppercased())"), "region": .string(region)],
      headers: [("idempotency-key", "demo-\(slug)")])
  }

  /// The password of the first run, kept for the next.
  private func password() throws -> String {
    if file.exists {
      let document = try JSONParser.parse(Array(try file.text(maximumBytes: 4096).utf8))
      return try JSONReader(document).field("password").string()
    }
    let random = SymmetricKey(size: .bits128).withUnsafeBytes { Base64.encode(Array($0)) }
    try file.write(JSONWriter.write(["email": .string(Self.email), "password": .string(random)]))
    return random
  }
}
