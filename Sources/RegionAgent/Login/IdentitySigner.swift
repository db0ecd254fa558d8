package import Silo
internal import Synchronization
internal import SyncProtocol

/// Tells the application who asks: `Atoll-Identity`, a JWS (RFC 7515) of 60 seconds for one request, by a key that this process made and keeps to itself.
package final class IdentitySigner: Sendable {
  /// Seconds that an identity is good for.
  package static let lifetime: Int64 = 60
  /// The `typ` of its header.
  package static let type = "atoll-identity+jwt"
  /// The same answer may be given again for so many seconds: it is about the same request, and good for nearly as long.
  private static let reuse: Int64 = 5
  private static let capacity = 4096

  /// Who or what a request is from.
  private enum Origin: Hashable, Sendable {
    case person(Caller, OrganizationRole)
    case key(ProjectKeyID, ProjectID, ProjectNumber)
  }

  private struct Subject: Hashable, Sendable {
    let origin: Origin
    let organization: OrganizationID
    let slug: String
    let method: String
    let path: String
  }

  package let verificationKey: TokenVerificationKey
  private let region: RegionName
  private let key: JWTSigningKey
  private let recent = Mutex<[Subject: (text: String, at: Int64)]>([:])

  /// Nil only if the system's generator fails.
  package init?(region: RegionName) {
    guard let key = TokenSigningKey.generate() else { return nil }
    self.region = region
    self.key = key.jwt
    verificationKey = key.verificationKey
  }

  /// Whom applications of a region take it from.
  package static func issuer(_ region: RegionName) -> String { "atoll:region:\(region)" }
  /// For whom it is: the applications of a region.
  package static func audience(_ region: RegionName) -> String { "atoll:application:\(region)" }

  /// The identity for one request of the application.
  ///
  /// - Parameters:
  ///   - method: of the request that the application gets (`htm`).
  ///   - path: of that request, as it came, without its query (`htu`).
  ///   - now: seconds since 1970.
  package func identity(_ access: Access, method: String, path: String, now: Int64) -> String? {
    identity(
      Subject(
        origin: .person(access.caller, access.role), organization: access.organization.id,
        slug: access.organization.slug, method: method, path: path), now: now)
  }

  /// As above, for data that a client sends with a project key: no person, the project instead.
  package func identity(_ target: IngestTarget, method: String, path: String, now: Int64) -> String? {
    identity(
      Subject(
        origin: .key(target.key, target.project, target.number), organization: target.organization, slug: target.slug,
        method: method, path: path), now: now)
  }

  private func identity(_ subject: Subject, now: Int64) -> String? {
    if let known = recent.withLock({ $0[subject] }), (known.at...known.at + Self.reuse).contains(now) {
      return known.text
    }
    guard let text = key.token(type: Self.type, claims: claims(subject, now: now)) else { return nil }
    recent.withLock { recent in
      if recent.count >= Self.capacity { recent.removeAll() }
      recent[subject] = (text, now)
    }
    return text
  }

  private func claims(_ subject: Subject, now: Int64) -> JSONObject {
    var claims: JSONObject = [
      "iss": .string(Self.issuer(region)), "aud": .string(Self.audience(region)), "iat": .integer(now),
      "exp": .integer(now + Self.lifetime), "htm": .string(subject.method), "htu": .string(subject.path),
      "org": .string(subject.organization.description), "org_slug": .string(subject.slug),
    ]
    switch subject.origin {
    case .person(let caller, let role):
      claims["sub"] = .string(caller.user.description)
      claims["role"] = .string(role.rawValue)
      claims["credential"] = .string(caller.credential.name)
      if case .apiToken(_, let scopes) = caller.credential {
        claims["scope"] = .string(scopes.map(\.description).joined(separator: " "))
      }
    case .key(let key, let project, let number):
      claims["credential"] = "project_key"
      claims["key"] = .string(key.description)
      claims["project"] = .string(project.description)
      claims["project_number"] = .decimal(number.value)
    }
    return claims
  }
}
