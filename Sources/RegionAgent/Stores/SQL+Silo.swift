internal import struct FoundationEssentials.UUID
internal import Postgres
internal import Silo

extension SQL.StringInterpolation {
  /// Binds an id as its UUID.
  mutating func appendInterpolation<Subject>(_ id: Identifier<Subject>) { appendInterpolation(id.uuid) }

  /// Binds a role as its name.
  mutating func appendInterpolation(_ role: OrganizationRole) { appendInterpolation(role.rawValue) }
}

extension OrganizationRole {
  /// - Throws: ``PostgresError`` with code `.decoding` for a name that the table's CHECK does not know either.
  init(stored name: String) throws {
    guard let role = OrganizationRole(rawValue: name) else {
      throw PostgresError(code: .decoding, message: "a stored role is none that this program knows")
    }
    self = role
  }
}

extension Invitation.State: PostgresEncodable, PostgresDecodable {}
