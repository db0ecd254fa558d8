internal import HTTPTypes
package import Hummingbird
internal import Logging
internal import Postgres
internal import Silo
package import Web

/// Passes everything that the agent has no route for to the product's application, with a signed word on who asks.
///
/// - A path that names an organization passes for its members only, with `Atoll-Identity`.
/// - Data that clients send with a project key passes when key and project are this region's and belong together.
/// - Any other path passes as it is; with a token, which names one organization by itself, as that organization's.
///
/// Atoll's own credentials never reach the application, nor does any `Atoll-*` field from outside.
package struct ApplicationFallback: RouterMiddleware {
  let configuration: UpstreamConfiguration
  let forwarder: Forwarder
  let passage: Passage
  let proxies: TrustedProxies
  let state: ApplicationState

  package init(
    _ configuration: UpstreamConfiguration, forwarder: Forwarder, passage: Passage, proxies: TrustedProxies,
    state: ApplicationState
  ) {
    self.configuration = configuration
    self.forwarder = forwarder
    self.passage = passage
    self.proxies = proxies
    self.state = state
  }

  @concurrent package func handle(
    _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound && context.endpointPath == "NotFound" {
      return try await answer(request, context)
    }
  }

  private func answer(_ request: Request, _ context: WebContext) async throws -> Response {
    let path = try ApplicationPath(request.uri.path, by: configuration.organizations)
    do {
      switch path.subject {
      case .reserved: throw Problem.noSuchRoute
      case .ingest(let ingest): return try await take(request, ingest, path, context)
      case .organization(let name):
        return try await enter(request, OrganizationReference(name), path, context)
      case .open:
        // What a gateway signed for an organization is that organization's, whatever its path says here.
        guard RoutedRequest.current?.organization == nil else { return try await enter(request, nil, path, context) }
        return try await passOpenly(request, path, context)
      }
    } catch let old as Passage.TooOld {
      return old.problem.response(from: request, context: context).fresh(old.standing, age: old.age)
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }

  /// Something of one organization.
  private func enter(
    _ request: Request, _ organization: OrganizationReference?, _ path: ApplicationPath, _ context: WebContext
  ) async throws -> Response {
    var organization = organization
    if let routed = RoutedRequest.current?.organization { organization = .id(routed) }
    guard let organization else { throw Problem.notFound("The organization") }
    let caller: Caller
    do {
      caller = try await passage.caller(of: request, method: request.method)
    } catch let problem as Problem where problem.status == .unauthorized {
      guard let login = Self.login(for: request, path) else { throw problem }
      return login
    }
    return try await pass(request, from: caller, to: organization, path, context)
  }

  /// Nothing of any one organization, unless a token names one.
  private func passOpenly(
    _ request: Request, _ path: ApplicationPath, _ context: WebContext
  ) async throws -> Response {
    guard ApplicationCredentials.areAtolls(request) else {
      return try await send(request, identity: nil, context)
    }
    let caller = try await passage.caller(of: request, method: request.method)
    guard let organization = caller.organization else { throw Problem.unauthenticated }
    return try await pass(request, from: caller, to: .id(organization), path, context)
  }

  private func pass(
    _ request: Request, from caller: Caller, to organization: OrganizationReference, _ path: ApplicationPath,
    _ context: WebContext
  ) async throws -> Response {
    let pass = try await passage.admit(caller, to: organization, method: request.method, path: path.text)
    return try await send(request, identity: pass.identity, context).fresh(pass.standing, age: pass.age)
  }

  /// Data of a project.
  private func take(
    _ request: Request, _ ingest: IngestPath, _ path: ApplicationPath, _ context: WebContext
  ) async throws -> Response {
    var request = request
    let key = try await Self.key(of: &request, at: path.text)
    guard let target = try await passage.ingestTarget(key), target.isActive else { throw Self.keyRefused }
    if let routed = RoutedRequest.current {
      guard routed.organization.map({ $0 == target.organization }) ?? true else { throw Self.keyRefused }
    }
    guard target.number.value == ingest.project else {
      throw Problem(
        .forbidden, "project-mismatch", title: "The key belongs to another project",
        detail: "The number in the path is not the one of the key's project.")
    }
    let identity = try passage.identity(target, method: request.method, path: path.text)
    return try await send(request, identity: identity, context)
  }

  /// The key of a request; its body stays whole.
  private static func key(of request: inout Request, at path: String) async throws -> String {
    if let key = try IngestKey.find(request) { return key }
    // What is compressed is the application's to read: its clients name the key outside.
    guard path.split(separator: "/").dropFirst(2).first == "envelope", request.method == .post,
      !request.headers.contains(.contentEncoding)
    else { throw IngestKey.missing }
    let peeked = try await PeekedBody(request.body, limit: IngestKey.longestLine)
    guard peeked.isWhole, !peeked.line.isEmpty, let key = try IngestKey.find(inEnvelope: peeked.line) else {
      throw IngestKey.missing
    }
    request.body = peeked.body
    return key
  }

  private static var keyRefused: Problem {
    Problem(
      .forbidden, "key-refused", title: "The project key is not good here",
      detail: "It does not exist, was switched off, or its project has moved.")
  }

  /// A browser that shows nobody is sent to log in; nil for a program.
  private static func login(for request: Request, _ path: ApplicationPath) -> Response? {
    guard RoutedRequest.current == nil, request.method == .get, !path.text.hasPrefix("/api/"),
      !request.headers.contains(.authorization), request.headers[.accept]?.contains("text/html") ?? false
    else { return nil }
    let target = request.uri.query.map { "\(path.text)?\($0)" } ?? path.text
    return Response(
      status: .seeOther,
      headers: [.location: "/auth/login?" + FormText.encode([("return_to", target)]), .cacheControl: "no-store"])
  }
}
