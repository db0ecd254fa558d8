package import Logging
package import Outbox
internal import Postgres
internal import ServiceLifecycle
package import Silo

/// Turns what control decided into the region's own rows: an organization from its home and creator's grant, a member from a grant with
/// an invitation, the end of a membership from the end of its grant.
///
/// Driven by applied state: hints written by triggers say where to look, a full scan at every start finds what no hint names. Each
/// look is one transaction that reads everything anew, so a crash anywhere costs nothing but the look.
package struct Provisioner: Service {
  package struct Limits: Sendable, Hashable {
    /// How long to wait for a signal before looking anyway.
    package var idle: Duration = .seconds(1)
    /// How long to wait after hints failed or the database was not there.
    package var retry: Duration = .seconds(2)

    package init() {}
  }

  private let database: SiloDatabase<RegionSilo>
  private let applied: Doorbell
  private let committed: @Sendable () -> Void
  private let limits: Limits
  private let passes: ProvisionPasses?
  private let logger: Logger

  /// - Parameters:
  ///   - applied: rings after every applied batch.
  ///   - committed: called after a commit that appended pointers; rings the sequencer.
  ///   - passes: is told of each look at everything.
  package init(
    database: SiloDatabase<RegionSilo>, applied: Doorbell, committed: @escaping @Sendable () -> Void,
    limits: Limits = Limits(), passes: ProvisionPasses? = nil, logger: Logger
  ) {
    self.database = database
    self.applied = applied
    self.committed = committed
    self.limits = limits
    self.passes = passes
    self.logger = logger
  }

  /// Between the beginnings of two looks at least.
  private static let spacing = Duration.milliseconds(20)

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var isScanned = false
      while !Task.isCancelled {
        let rings = applied.rings
        let started = ContinuousClock.now
        var failures = 0
        do {
          if !isScanned { try await rescan() }
          isScanned = true
          let pass = passes?.begin()
          failures = try await drain()
          if let pass { passes?.end(pass) }
        } catch is CancellationError {
          return
        } catch {
          logger.warning("provisioning stopped", metadata: ["error": "\(error)"])
          failures = 1
        }
        _ = await applied.wait(beyond: rings, limit: failures > 0 ? limits.retry : limits.idle)
        // A busy stream is not followed batch by batch: that would cost it more than it costs us to look a little later.
        await Suspension.sleep(until: started.advanced(by: Self.spacing))
      }
    }
  }

  /// Names everything that waits for a decision.
  package func rescan() async throws {
    try await database.withTransaction { connection in
      try await ProvisionTaskStore.rescan(on: connection)
    }
  }

  /// Looks at every hint once. Returns how many looks failed; those hints stay.
  package func drain() async throws -> Int {
    var failures = 0
    var sequence: Int64 = 0
    while !Task.isCancelled {
      do {
        guard let taken = try await next(after: sequence) else { break }
        sequence = taken
      } catch let error as PostgresError where Self.isAboutTheRow(error) {
        logger.error("provisioning failed", metadata: ["error": "\(error)"])
        failures += 1
        guard let failed = try await peek(after: sequence) else { break }
        sequence = failed
      }
    }
    return failures
  }

  private func next(after sequence: Int64) async throws -> Int64? {
    let taken = try await database.withTransaction { connection -> Int64? in
      guard let (sequence, task) = try await ProvisionTaskStore.take(after: sequence, on: connection) else {
        return nil
      }
      switch task {
      case .grant(let id): try await settle(id, on: connection)
      case .home(let id): try await follow(id, on: connection)
      }
      try FaultPoint.hit(.provisionBeforeCommit)
      return sequence
    }
    guard let taken else { return nil }
    try FaultPoint.hit(.provisionAfterCommit)
    committed()
    return taken
  }

  private func peek(after sequence: Int64) async throws -> Int64? {
    try await database.withConnection { connection in
      try await ProvisionTaskStore.peek(after: sequence, on: connection)
    }
  }

  /// Trouble with the database as a whole ends the pass; trouble with one row must not hold up the others.
  private static func isAboutTheRow(_ error: PostgresError) -> Bool {
    guard let state = error.sqlState else { return error.code == .decoding }
    return ["22", "23"].contains(state.conditionClass)
  }

  private func settle(_ id: GrantID, on connection: RegionConnection) async throws {
    let facts = try await GrantStore.facts(id, on: connection)
    switch GrantDecision(facts) {
    case .wait: return
    case .createOrganization(let name, let generation):
      guard let grant = facts.grant else { return }
      try await OrganizationStore.create(
        grant.organization, name: name, generation: generation, owner: grant.user, grant: id, on: connection)
      try await GrantStore.record(id, refusal: nil, on: connection)
      try await ProvisionTaskStore.nameGrants(of: grant.organization, on: connection)
    case .addMember(let role, let invitation):
      guard let grant = facts.grant else { return }
      try await MemberStore.insert(id, organization: grant.organization, user: grant.user, role: role, on: connection)
      try await InvitationStore.close(invitation, as: .accepted, on: connection)
      try await GrantStore.record(id, refusal: nil, on: connection)
    case .refuse(let refusal, let invitation):
      if let invitation { try await InvitationStore.close(invitation, as: .accepted, on: connection) }
      try await GrantStore.record(id, refusal: refusal, on: connection)
      try await GrantStore.pointToMissingMember(id, on: connection)
    case .end:
      try await MemberStore.delete(id, on: connection)
      try await GrantStore.forget(id, on: connection)
    }
  }

  /// A home came, changed or went.
  private func follow(_ id: OrganizationID, on connection: RegionConnection) async throws {
    if let home = try await GrantStore.home(id, on: connection) {
      try await OrganizationStore.raise(id, to: home.generation, on: connection)
      try await ProvisionTaskStore.nameGrants(of: id, on: connection)
    } else {
      try await OrganizationStore.purge(id, on: connection)
    }
  }
}
