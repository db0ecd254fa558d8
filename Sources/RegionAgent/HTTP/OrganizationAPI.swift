internal import HTTPTypes
package import Hummingbird
package import Observability
package import Outbox
internal import Postgres
package import Silo
package import Web

/// The region's organization API. Every request is decided from the region's own rows at that moment; nothing about permissions is
/// cached and nothing about them is believed from the credential.
package struct OrganizationAPI: Sendable {
  let database: SiloDatabase<RegionSilo>
  let authenticator: Authenticator
  /// Where cookies are taken; nil: nowhere.
  let sites: RegionSites?
  let age: KnowledgeAge
  let limits: OrganizationLimits
  let tracer: Tracer
  /// Called after each committed write; rings the sequencer.
  let committed: @Sendable () -> Void

  package init(
    database: SiloDatabase<RegionSilo>, authenticator: Authenticator, sites: RegionSites? = nil, age: KnowledgeAge,
    limits: OrganizationLimits = OrganizationLimits(), tracer: Tracer = .none,
    committed: @escaping @Sendable () -> Void = {}
  ) {
    self.database = database
    self.authenticator = authenticator
    self.sites = sites
    self.age = age
    self.limits = limits
    self.tracer = tracer
    self.committed = committed
  }

  /// All routes of this API.
  package func addRoutes(to router: Router<WebContext>) {
    let organization = router.group("/api/0/organizations/:organization")
    addOrganizationRoutes(to: organization)
    addStalenessRoutes(to: organization)
    addAPITokenRoutes(to: organization)
    addAuditRoutes(to: organization)
    addMemberRoutes(to: organization)
    addInvitationRoutes(to: organization)
    addTeamRoutes(to: organization)
    addProjectRoutes(to: organization, projects: router.group("/api/0/projects/:organization/:project"))
  }

  /// Runs `body` with the decision that the caller may, in one transaction.
  ///
  /// - Throws: ``Problem``: 401, 403, 404 or 503 as ``Access`` decides.
  func reading(
    _ request: Request, _ context: WebContext, _ permission: OrganizationPermission = .read,
    _ body: (Access, RegionConnection) async throws -> Response
  ) async throws -> Response {
    let reference = try reference(context)
    return try await storing {
      try await database.withTransaction(.repeatableRead(readOnly: true)) { connection in
        let presented = try await presented(by: request, on: connection)
        return try await answering(request, context) { seen in
          let access = try await decide(presented, reference, on: connection, seen: &seen)
          try access.require(permission)
          return try await body(access, connection)
        }
      }
    }
  }

  /// As ``reading(_:_:_:_:)``, for changes: the organization is locked first, so that the decision still holds when they commit.
  func writing(
    _ request: Request, _ context: WebContext, _ permission: OrganizationPermission,
    _ body: (Access, RegionConnection) async throws -> Response
  ) async throws -> Response {
    let reference = try reference(context)
    var seen = Seen()
    do {
      let (response, transaction) = try await storing {
        try await tracer.span(.transaction) {
          try await database.withTransaction { connection in
            let presented = try await presented(by: request, on: connection)
            // Whoever holds no valid credential locks nothing.
            _ = try await authenticator.caller(of: presented, by: DatabaseRecords(connection))
            try await AccessStore.lock(reference, on: connection)
            let access = try await decide(presented, reference, on: connection, seen: &seen)
            try access.require(permission, isChange: true)
            let response = try await body(access, connection)
            try await note(permission, request, by: access, on: connection)
            if let trace = Tracer.current, trace.isSampled {
              try await TraceStore.note(trace.description, on: connection.connection)
            }
            let transaction =
              WriteRecorder.current == nil ? nil : try await SyncPositionStore.transaction(on: connection.connection)
            return (response, transaction)
          }
        }
      }
      committed()
      if let transaction { WriteRecorder.current?.note(transaction) }
      return seen.marking(response)
    } catch let problem as Problem {
      return seen.marking(problem.response(from: request, context: context))
    }
  }

  /// How old the knowledge was that a request was decided by.
  struct Seen {
    var standing: KnowledgeStanding?
    var age: Double?

    func marking(_ response: Response) -> Response { standing.map { response.fresh($0, age: age) } ?? response }
  }

  /// A refusal says as much about freshness as an answer does.
  private func answering(
    _ request: Request, _ context: WebContext, _ body: (inout Seen) async throws -> Response
  ) async throws -> Response {
    var seen = Seen()
    do {
      let response = try await body(&seen)
      return seen.marking(response)
    } catch let problem as Problem {
      return seen.marking(problem.response(from: request, context: context))
    }
  }

  private func presented(by request: Request, on connection: RegionConnection) async throws -> PresentedCredential {
    // Only who shows no token may be known by a cookie.
    let site = request.headers.contains(.authorization) ? nil : try await sites?.site(on: connection)
    let presented = try PresentedCredential(request, method: request.method, site: site)
    if case .session = presented, let site, !PresentedCredential.isSafe(request.method) {
      try PresentedCredential.requireFormToken(of: request, site)
    }
    return presented
  }

  private func decide(
    _ presented: PresentedCredential, _ reference: OrganizationReference, on connection: RegionConnection,
    seen: inout Seen
  ) async throws -> Access {
    let records = DatabaseRecords(connection)
    let caller = try await authenticator.caller(of: presented, by: records)
    let facts = try await records.facts(user: caller.user, organization: reference)
    try RoutedRequest.requireHome(of: facts.organization, region: authenticator.region)
    let age = age(facts.completeAsOf)
    seen = Seen(standing: facts.policy.standing(age: age), age: age)
    return try authenticator.access(caller, facts, age: age)
  }

  private func storing<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }

  /// The organization that a gateway signed, else the one that the path names: aliases are resolved at control.
  private func reference(_ context: WebContext) throws -> OrganizationReference {
    if let routed = RoutedRequest.current?.organization { return .id(routed) }
    guard let text = context.parameters.get("organization"), let reference = OrganizationReference(text) else {
      throw Problem.notFound("The organization")
    }
    return reference
  }
}
