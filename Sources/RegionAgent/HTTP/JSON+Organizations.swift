internal import FoundationEssentials
internal import Silo
internal import SyncProtocol

extension Date {
  /// RFC 3339 in UTC, to the second.
  var json: JSONValue { .string(formatted(.iso8601)) }
}

extension Organization {
  var json: JSONValue {
    [
      "id": .string(id.description), "slug": .string(slug), "name": .string(name), "generation": .integer(generation),
      "created_at": createdAt.json,
    ]
  }
}

extension Member {
  var json: JSONValue {
    [
      "id": .string(id.description), "user_id": .string(user.description), "role": .string(role.rawValue),
      "name": .optional(name), "email": .optional(email), "created_at": createdAt.json,
    ]
  }
}

extension Invitation {
  /// Without the token, which only the answer to its creation carries.
  var json: JSONObject {
    [
      "id": .string(id.description), "email": .string(email), "role": .string(role.rawValue),
      "state": .string(state.rawValue), "expires_at": expiresAt.json, "created_at": createdAt.json,
    ]
  }
}

extension Team {
  var json: JSONValue {
    [
      "id": .string(id.description), "slug": .string(slug), "name": .string(name), "created_at": createdAt.json,
    ]
  }
}

extension Project {
  var json: JSONValue {
    [
      "id": .string(id.description), "slug": .string(slug), "name": .string(name), "number": .decimal(number.value),
      "created_at": createdAt.json,
    ]
  }
}

extension ProjectKey {
  /// - Parameter site: where clients reach the region; nil before that is known, and then there is no DSN.
  func json(at site: RegionSite?) -> JSONValue {
    [
      "id": .string(id.description), "public_key": .string(publicKey), "name": .optional(name),
      "project_number": .decimal(number.value), "status": .string(isActive ? "active" : "disabled"),
      "dsn": .optional(site.map { $0.dsn(of: publicKey, project: number) }), "refusal": .optional(refusal),
      "created_at": createdAt.json,
    ]
  }
}
