internal import HTTPTypes
package import Hummingbird
package import Outbox
internal import Postgres
package import Silo
package import Web

/// Decides whether a request may pass to the application, and as whom: the one decision behind `/auth/verify` and behind the agent's own forwarding. Every
/// time anew, from ``Knowledge``.
package struct Passage: Sendable {
  /// Whom the application is told of, and how old the knowledge is that this rests on.
  package struct Pass: Sendable {
    /// The value of `Atoll-Identity`.
    package let identity: String
    package let standing: KnowledgeStanding
    package let age: Double?
  }

  /// A refusal that knowledge is too old for, with how old it is.
  struct TooOld: Error {
    let problem: Problem
    let standing: KnowledgeStanding
    let age: Double?
  }

  private let database: SiloDatabase<RegionSilo>
  private let knowledge: Knowledge
  private let authenticator: Authenticator
  private let sites: RegionSites
  private let age: KnowledgeAge
  private let signer: IdentitySigner
  private let now: @Sendable () -> Int64

  package init(
    database: SiloDatabase<RegionSilo>, knowledge: Knowledge, authenticator: Authenticator, sites: RegionSites,
    age: KnowledgeAge, signer: IdentitySigner, now: @escaping @Sendable () -> Int64
  ) {
    self.database = database
    self.knowledge = knowledge
    self.authenticator = authenticator
    self.sites = sites
    self.age = age
    self.signer = signer
    self.now = now
  }

  /// Whom the request's credential names.
  ///
  /// - Parameter method: what is asked for, which a proxy may know better than the request.
  /// - Throws: 401 and 403 ``Problem``; errors of the database.
  package func caller(of request: Request, method: HTTPRequest.Method) async throws -> Caller {
    let site = request.headers.contains(.authorization) ? nil : try await sites.site(in: database)
    let presented = try PresentedCredential(request, method: method, site: site)
    return try await authenticator.caller(of: presented, by: knowledge)
  }

  /// - Parameter path: of the request that the application gets, without its query.
  /// - Throws: ``Problem`` or ``TooOld``; errors of the database.
  package func admit(
    _ caller: Caller, to organization: OrganizationReference, method: HTTPRequest.Method, path: String
  ) async throws -> Pass {
    let facts = try await knowledge.facts(user: caller.user, organization: organization)
    try RoutedRequest.requireHome(of: facts.organization, region: authenticator.region)
    let age = age(facts.completeAsOf)
    let standing = facts.policy.standing(age: age)
    do throws(Problem) {
      let access = try authenticator.access(caller, facts, age: age)
      if standing == .degraded, access.policy.refused.contains(.changes), !PresentedCredential.isSafe(method) {
        throw Access.tooOld(standing)
      }
      guard let identity = signer.identity(access, method: method.rawValue, path: path, now: now()) else {
        throw Problem.internalError
      }
      return Pass(identity: identity, standing: standing, age: age)
    } catch {
      guard error.code == Access.tooOldCode else { throw error }
      throw TooOld(problem: error, standing: standing, age: age)
    }
  }

  /// The site of this region's browsers; nil before it is known.
  package func site() async throws -> RegionSite? { try await sites.site(in: database) }

  /// What a project key stands for; nil when it is none of this region's.
  package func ingestTarget(_ publicKey: String) async throws -> IngestTarget? {
    try await knowledge.ingestTarget(publicKey)
  }

  /// What the application is told of data that came with a project key.
  package func identity(_ target: IngestTarget, method: HTTPRequest.Method, path: String) throws(Problem) -> String {
    guard let identity = signer.identity(target, method: method.rawValue, path: path, now: now()) else {
      throw .internalError
    }
    return identity
  }
}
