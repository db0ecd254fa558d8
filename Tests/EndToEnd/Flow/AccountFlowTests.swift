import Crypto
import FoundationEssentials
import NIOHTTP1
import Postgres
import SyncProtocol
import Testing

@testable import atoll

@Suite("A whole account over real processes, with the service's own rights", .serialized)
struct AccountFlowTests {
  private static let password = "correct horse battery staple"
  private static let fresh = "another good long one"

  @Test("letters, second factor, changes, sessions and the end of an account, and what regions make of it")
  func life() async throws {
    try await Islands.run(regions: ["eu"]) { islands in
      let owner = try await Person.signUp(islands, name: "Owner")
      let organization = try await owner.createOrganization(region: "eu")
      let region = try await owner.enter(organization)
      let ann = try await Person.signUp(islands, name: "Ann")
      let invitation = try await region.call(
        .POST, "/api/0/organizations/\(organization.id)/invitations/",
        ["email": .string(ann.email), "role": "member"])
      let token = try invitation.field("token").string()
      try await eventually("ann accepts") {
        try await ann.session.send(.POST, "/api/v1/invitations/accept", ["token": .string(token)]).status == 200
      }
      let before = try await ann.enter(organization)
      let changed = try await Self.changePassword(ann, islands)
      try await eventually("the region refuses what is older than the new password") {
        try await before.send(.GET, "/api/0/organizations/\(organization.id)/").status == 401
      }
      let (session, codes) = try await Self.secondFactor(changed)
      try await Self.reset(ann, codes, islands)
      let again = try await Self.logIn(ann, Self.password, codes[2])
      #expect(try await session.send(.GET, "/api/v1/me").status == 401)
      try await Self.delete(ann, again, code: codes[3], organization, islands)
    }
  }

  private static func changePassword(_ ann: Person, _ islands: Islands) async throws -> JSONClient {
    let answer = try await ann.session.call(
      .POST, "/api/v1/password/change", ["password": .string(password), "new_password": .string(fresh)])
    #expect(try await ann.session.send(.GET, "/api/v1/me").status == 401)
    return JSONClient(base: ann.session.base, token: try answer.field("session_token").string())
  }

  private static func secondFactor(_ session: JSONClient) async throws -> (JSONClient, [String]) {
    let begun = try await session.call(.POST, "/api/v1/second-factor/totp", ["password": .string(fresh)])
    let secret = try begun.field("secret").string()
    let confirmed = try await session.call(
      .POST, "/api/v1/second-factor/totp/confirm", ["code": .string(try code(secret))])
    let codes = try confirmed.field("recovery_codes").array(maximum: 10).map { try $0.string() }
    let token = try confirmed.field("session").field("session_token").string()
    let next = JSONClient(base: session.base, token: token)
    #expect(try await next.call(.GET, "/api/v1/sessions").field("sessions").array(maximum: 9).count == 1)
    return (next, codes)
  }

  /// Logs in with a password and a recovery code.
  private static func logIn(_ ann: Person, _ password: String, _ code: String) async throws -> JSONClient {
    let control = JSONClient(base: ann.session.base)
    let half = try await control.call(
      .POST, "/api/v1/login", ["email": .string(ann.email), "password": .string(password)])
    let token = try half.field("second_factor").field("login_token").string()
    let opened = try await control.call(
      .POST, "/api/v1/login/second-factor", ["login_token": .string(token), "code": .string(code)])
    return JSONClient(base: control.base, token: try opened.field("session_token").string())
  }

  private static func reset(_ ann: Person, _ codes: [String], _ islands: Islands) async throws {
    _ = try await logIn(ann, fresh, codes[0])
    let control = JSONClient(base: ann.session.base)
    _ = try await control.call(.POST, "/api/v1/password/forgot", ["email": .string(ann.email)])
    let token = try await SignUp(control: control, mail: islands.control.mail).token("atlr_", to: ann.email)
    let body: JSONValue = ["token": .string(token), "password": .string(password)]
    #expect(try await control.send(.POST, "/api/v1/password/reset", body).status == 204)
    #expect(try await control.send(.POST, "/api/v1/password/reset", body).status == 404)
    let used = try await control.call(
      .POST, "/api/v1/login", ["email": .string(ann.email), "password": .string(password)])
    let half = try used.field("second_factor").field("login_token").string()
    let answer = try await control.send(
      .POST, "/api/v1/login/second-factor", ["login_token": .string(half), "code": .string(codes[0])])
    #expect(answer.status == 403, "a recovery code works once")
  }

  private static func delete(
    _ ann: Person, _ session: JSONClient, code: String, _ organization: Person.Organization, _ islands: Islands
  ) async throws {
    let control = JSONClient(base: session.base)
    _ = try await session.call(
      .POST, "/api/v1/me/email", ["email": "new-ann@example.com", "password": .string(password)])
    let token = try await SignUp(control: control, mail: islands.control.mail)
      .token("atle_", to: "new-ann@example.com")
    #expect(try await session.send(.POST, "/api/v1/me/email/verify", ["token": .string(token)]).status == 204)
    #expect(try await session.call(.GET, "/api/v1/me").field("email").string() == "new-ann@example.com")
    let refused = try await session.send(.POST, "/api/v1/me/delete", ["password": .string(password)])
    #expect(refused.status == 403, "with a second factor its code is asked for")
    let deleted = try await session.send(
      .POST, "/api/v1/me/delete", ["password": .string(password), "code": .string(code)])
    #expect(deleted.status == 204)
    #expect(try await session.send(.GET, "/api/v1/me").status == 401)
    let eu = try islands.region("eu")
    try await eventually("the region knows nothing of her any more") {
      try await islands.count(in: eu, "SELECT count(*) FROM replica.\"user\" WHERE id = \(ann.id)::uuid") == 0
    }
    let kept = try await islands.count(
      in: islands.control, "SELECT count(*) FROM control.\"user\" WHERE email LIKE '%ann%' AND id = \(ann.id)::uuid")
    #expect(kept == 0)
  }

  /// The code of now (RFC 6238).
  private static func code(_ secret: String) throws -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    var number: UInt64 = 0
    var bits = 0
    var seed: [UInt8] = []
    for character in secret {
      number = number << 5 | UInt64(try #require(alphabet.firstIndex(of: character)))
      bits += 5
      if bits >= 8 {
        bits -= 8
        seed.append(UInt8(truncatingIfNeeded: number >> UInt64(bits)))
      }
    }
    let counter = UInt64(Date().timeIntervalSince1970) / 30
    let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> (56 - 8 * UInt64($0))) }
    let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: seed)))
    let offset = Int(mac[19] & 15)
    let value = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
    let text = String(value % 1_000_000)
    return String(repeating: "0", count: 6 - text.count) + text
  }
}
