package import Hummingbird
package import Observability
package import Outbox
internal import Postgres
package import Silo
package import Web

/// The region's organization API. Every request is decided from the region's own rows at that moment; nothing about permissions is
/// cached and nothing about them is believed from the token.
package struct OrganizationAPI: Sendable {
  let database: SiloDatabase<RegionSilo>
  let authenticator: Authenticator
  let limits: OrganizationLimits
  let tracer: Tracer
  /// Called after each committed write; rings the sequencer.
  let committed: @Sendable () -> Void

  package init(
    database: SiloDatabase<RegionSilo>, authenticator: Authenticator, limits: OrganizationLimits = OrganizationLimits(),
    tracer: Tracer = .none, committed: @escaping @Sendable () -> Void = {}
  ) {
    self.database = database
    self.authenticator = authenticator
    self.limits = limits
    self.tracer = tracer
    self.committed = committed
  }

  /// All routes of this API.
  package func addRoutes(to router: Router<WebContext>) {
    let organization = router.group("/api/0/organizations/:organization")
    addOrganizationRoutes(to: organization)
    addMemberRoutes(to: organization)
    addInvitationRoutes(to: organization)
    addTeamRoutes(to: organization)
    addProjectRoutes(to: organization, projects: router.group("/api/0/projects/:organization/:project"))
  }

  /// Runs `body` with the decision that the caller may, in one transaction.
  ///
  /// - Throws: ``Problem``: 401, 403, 404 or 503 as ``Access`` decides.
  func reading<Result>(
    _ request: Request, _ context: WebContext, _ permission: OrganizationPermission = .read,
    _ body: (Access, RegionConnection) async throws -> Result
  ) async throws -> Result {
    let reference = try reference(context)
    return try await storing {
      try await database.withTransaction(.repeatableRead(readOnly: true)) { connection in
        let access = try await decide(request, reference, on: connection)
        try access.require(permission)
        return try await body(access, connection)
      }
    }
  }

  /// As ``reading(_:_:_:_:)``, for changes: the organization is locked first, so that the decision still holds when they commit.
  func writing<Result>(
    _ request: Request, _ context: WebContext, _ permission: OrganizationPermission,
    _ body: (Access, RegionConnection) async throws -> Result
  ) async throws -> Result {
    let reference = try reference(context)
    let result = try await storing {
      try await tracer.span(.transaction) {
        try await database.withTransaction { connection in
          // Whoever holds no valid token locks nothing.
          _ = try await authenticator.caller(of: request, on: connection)
          try await AccessStore.lock(reference, on: connection)
          let access = try await decide(request, reference, on: connection)
          try access.require(permission)
          let result = try await body(access, connection)
          if let trace = Tracer.current, trace.isSampled {
            try await TraceStore.note(trace.description, on: connection.connection)
          }
          return result
        }
      }
    }
    committed()
    return result
  }

  private func decide(
    _ request: Request, _ reference: OrganizationReference, on connection: RegionConnection
  ) async throws -> Access {
    let caller = try await authenticator.caller(of: request, on: connection)
    let facts = try await AccessStore.facts(user: caller.user, organization: reference, on: connection)
    return try Access(caller, facts)
  }

  private func storing<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await body()
    } catch let error as PostgresError {
      throw Problem.storage(error) ?? error
    }
  }

  private func reference(_ context: WebContext) throws -> OrganizationReference {
    guard let text = context.parameters.get("organization"), let reference = OrganizationReference(text) else {
      throw Problem.notFound("The organization")
    }
    return reference
  }
}
