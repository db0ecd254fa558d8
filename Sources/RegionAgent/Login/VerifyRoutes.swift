internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import Postgres
package import Web

/// `/auth/verify/{organization}`: answers a proxy whether a request may pass to the application, and as whom (forward authentication).
///
/// On an address of its own that no client reaches. The organization comes with the path, which the proxy's configuration makes. Every
/// answer is a fresh decision from ``Knowledge``.
package struct VerifyRoutes: Sendable {
  private let passage: Passage

  package init(passage: Passage) { self.passage = passage }

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
    let caller = try await passage.caller(of: request, method: original.method)
    do {
      let pass = try await passage.admit(caller, to: organization, method: original.method, path: original.path)
      return Response(status: .ok, headers: [.atollIdentity: pass.identity, .cacheControl: "no-store"])
        .fresh(pass.standing, age: pass.age)
    } catch let error as Passage.TooOld {
      return error.problem.response(from: request, context: context).fresh(error.standing, age: error.age)
    }
  }
}
