import FoundationEssentials
import NIOHTTP1
import SyncProtocol

@testable import atoll

/// Somebody who signed up and logged in, and what they can do over HTTP.
struct Person: Sendable {
  let id: String
  let email: String
  let session: JSONClient
  let islands: Islands

  /// Signs up under a fresh address and logs in.
  static func signUp(_ islands: Islands, name: String = "Ann") async throws -> Person {
    let email = "\(name.lowercased())-\(UUID().uuidString.prefix(8).lowercased())@example.com"
    let password = "correct horse battery staple"
    let control = JSONClient(base: islands.layout.url(of: islands.control))
    try await SignUp(control: control, mail: islands.control.mail).make(email: email, password: password, name: name)
    let login = try await control.call(
      .POST, "/api/v1/login", ["email": .string(email), "password": .string(password)])
    let session = JSONClient(base: control.base, token: try login.field("session_token").string())
    let me = try await session.call(.GET, "/api/v1/me")
    return Person(id: try me.field("id").string(), email: email, session: session, islands: islands)
  }

  /// The same person who calls control elsewhere.
  func at(_ url: String) -> Person {
    Person(id: id, email: email, session: JSONClient(base: url, token: session.token), islands: islands)
  }

  struct Organization: Sendable {
    let id: String
    let slug: String
    let operation: String
  }

  /// Asks for an organization; it may still be on its way.
  func requestOrganization(
    slug: String = "org-\(UUID().uuidString.prefix(8).lowercased())", region: String, key: String? = nil
  ) async throws -> Organization {
    let answer = try await session.call(
      .POST, "/api/v1/organizations", ["slug": .string(slug), "name": "Organization", "region": .string(region)],
      headers: key.map { [("idempotency-key", $0)] } ?? [])
    return Organization(
      id: try answer.field("organization").field("id").string(), slug: slug,
      operation: try answer.field("operation").field("id").string())
  }

  /// Asks for an organization and waits until its operation is done.
  func createOrganization(region: String) async throws -> Organization {
    let organization = try await requestOrganization(region: region)
    try await waitUntilDone(organization)
    return organization
  }

  func waitUntilDone(_ organization: Organization) async throws {
    try await eventually("operation of \(organization.slug) done") {
      let answer = try await session.call(.GET, "/api/v1/operations/\(organization.operation)")
      let operation = try answer.optional("operation") ?? answer
      return try operation.field("state").string() == "done"
    }
  }

  /// A client of the organization's region with a fresh access token.
  func region(of organization: String) async throws -> JSONClient {
    let answer = try await session.call(.POST, "/api/v1/tokens", ["organization": .string(organization)])
    return JSONClient(
      base: try answer.field("region_url").string(), token: try answer.field("access_token").string())
  }

  /// Waits until the region knows this person as a member; everything needed for that may still be travelling.
  func enter(_ organization: Organization) async throws -> JSONClient {
    try await eventually("\(email) can read \(organization.slug)") {
      let client = try await region(of: organization.id)
      let answer = try await client.send(.GET, "/api/0/organizations/\(organization.id)/")
      return answer.status == 200 ? client : nil
    }
  }
}
