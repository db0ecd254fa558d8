internal import HTTPTypes
package import Hummingbird
internal import Logging
package import Outbox
internal import Postgres
package import Silo
package import Web

/// `/auth/verify/{organization}`: answers a proxy whether a request may pass to the application, and as whom (forward authentication).
///
/// On an address of its own that no client reaches. The organization comes with the path, which the proxy's configuration makes. Every
/// answer is a fresh decision from ``Knowledge``.
package struct VerifyRoutes: Sendable {
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

  package func add(to router: Router<WebContext>) {
    for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
      router.on("/auth/verify/:organization", method: method) { request, context in
        try await verify(request, context, .original)
      }
      router.on("/auth/verify/:organization/forwarded", method: method) { request, context in
        try await verify(request, context, .forwarded)
      }
      router.on("/auth/verify/:organization/request", method: method) { request, context in
        try await verify(request, context, .request)
      }
      router.on("/auth/verify/:organization/request/**", method: method) { request, context in
        try await verify(request, context, .request)
      }
    }
  }

  @concurrent
  private func verify(
    _ request: Request, _ context: WebContext, _ dialect: OriginalRequest.Dialect
  ) async throws -> Response {
    do {
      return try await decide(request, context, dialect)
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    } catch let problem as Problem where problem.status == .notFound {
      // Proxies know yes, no and not now. Whether there is such an organization is nobody's business.
      throw Problem.forbidden("You are not a member of this organization.")
    } catch let problem as Problem {
      if problem.code == "proxy-misconfigured" { context.logger.error("a proxy asks without saying about what") }
      throw problem
    }
  }

  private func decide(
    _ request: Request, _ context: WebContext, _ dialect: OriginalRequest.Dialect
  ) async throws -> Response {
    guard let name = context.parameters.get("organization"), let organization = OrganizationReference(name) else {
      throw Problem.notFound("The organization")
    }
    let original = try OriginalRequest(request, dialect, prefix: "/auth/verify/\(name)/request")
    let site = request.headers.contains(.authorization) ? nil : try await sites.site(in: database)
    let presented = try PresentedCredential(request, method: original.method, site: site)
    let caller = try await authenticator.caller(of: presented, by: knowledge)
    let facts = try await knowledge.facts(user: caller.user, organization: organization)
    let age = age(facts.completeAsOf)
    let standing = facts.policy.standing(age: age)
    do throws(Problem) {
      let access = try Access(caller, facts, age: age)
      if standing == .degraded, access.policy.refused.contains(.changes), !PresentedCredential.isSafe(original.method) {
        throw Access.tooOld(standing)
      }
      guard
        let identity = signer.identity(
          access, method: original.method.rawValue, path: original.path, now: now())
      else { throw Problem.internalError }
      return Response(status: .ok, headers: [.atollIdentity: identity, .cacheControl: "no-store"])
        .fresh(standing, age: age)
    } catch {
      guard error.code == Access.tooOldCode else { throw error }
      return error.response(from: request, context: context).fresh(standing, age: age)
    }
  }
}
