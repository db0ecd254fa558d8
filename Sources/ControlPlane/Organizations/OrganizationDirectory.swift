internal import Crypto
internal import FoundationEssentials
internal import Outbox
package import Silo

/// Creating and finding organizations, and what became of operations. Slugs change in ``SlugDirectory``.
package struct OrganizationDirectory: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// What somebody asks for.
  package struct Creation: Sendable, Hashable {
    package let slug: OrganizationSlug
    package let name: DisplayName
    package let region: RegionName

    /// - Throws: ``ControlError``
    package init(slug: String, name: String, region: String) throws {
      do { self.slug = try OrganizationSlug(SlugSpelling.folded(slug)) } catch {
        throw ControlError(.slugInvalid, error.description)
      }
      do { self.region = try RegionName(region) } catch { throw ControlError(.regionUnknown) }
      guard let name = DisplayName(name) else { throw ControlError(.nameInvalid) }
      self.name = name
    }

    var digest: [UInt8] {
      Array(SHA256.hash(data: Array("create_organization\n\(slug.text)\n\(region.text)\n\(name.text)".utf8)))
    }
  }

  /// Reserves the slug, decides the home, grants the creator and entitles the region, in one transaction. From its commit on the region makes the
  /// organization and its own row confirms it: nothing else has to happen, whatever is killed in between.
  ///
  /// The same idempotency key with the same request returns the same operation.
  /// - Throws: ``ControlError``
  package func create(
    _ creation: Creation, by user: UserID, idempotencyKey: String?
  ) async throws -> OperationStore.Operation {
    if let operation = try await earlier(creation, user, idempotencyKey) { return operation }
    let id: OperationID = environment.identifiers.next()
    let isNew = try await environment.write { control in
      try await reserve(creation, operation: id, by: user, idempotencyKey: idempotencyKey, on: control)
    }
    if isNew {
      try FaultPoint.hit(.operationAfterReserve)
      return try await operation(id, of: .user(user))
    }
    guard let operation = try await earlier(creation, user, idempotencyKey) else {
      throw ControlError(.operationUnknown)
    }
    return operation
  }

  /// - Throws: ``ControlError/Code/operationUnknown`` unless it is this actor's.
  package func operation(_ id: OperationID, of actor: OperationStore.Actor) async throws -> OperationStore.Operation {
    let found = try await environment.database.withConnection {
      try await OperationStore.find(id, of: actor, on: $0)
    }
    guard let found else { throw ControlError(.operationUnknown) }
    return found
  }

  /// Tells the regions once more. Harmless when it is done or under way.
  package func resume(
    _ id: OperationID, of actor: OperationStore.Actor
  ) async throws -> OperationStore.Operation {
    try await environment.write { control in
      guard let found = try await OperationStore.find(id, of: actor, on: control) else {
        throw ControlError(.operationUnknown)
      }
      guard found.state != "done" else { return found }
      try await OrganizationStore.tellAgain([found.organization] + (found.other.map { [$0] } ?? []), on: control)
      try await OperationStore.noteResumed(id, on: control)
      return found
    }
  }

  package func memberships(of user: UserID) async throws -> [GrantStore.Membership] {
    let limit = environment.limits.page
    return try await environment.database.withConnection {
      try await GrantStore.memberships(of: user, limit: limit, on: $0)
    }
  }

  private func earlier(
    _ creation: Creation, _ user: UserID, _ idempotencyKey: String?
  ) async throws -> OperationStore.Operation? {
    guard let idempotencyKey else { return nil }
    let found = try await environment.database.withConnection {
      try await OperationStore.find(.user(user), idempotencyKey: idempotencyKey, on: $0)
    }
    guard let found else { return nil }
    guard found.requestDigest == creation.digest else { throw ControlError(.idempotencyKeyReused) }
    return found
  }

  /// The operation first: of two requests with one idempotency key the second waits here and then finds the first one's.
  private func reserve(
    _ creation: Creation, operation: OperationID, by user: UserID, idempotencyKey: String?,
    on control: ControlConnection
  ) async throws -> Bool {
    try await GrantGate.require(.scarce, on: control)
    let organization: OrganizationID = environment.identifiers.next()
    let grant: GrantID = environment.identifiers.next()
    guard let region = try await RegionStore.find(creation.region, on: control) else {
      throw ControlError(.regionUnknown)
    }
    guard region.state == .active else { throw ControlError(.regionNotReady) }
    guard region.acceptsOrganizations else { throw ControlError(.regionClosed) }
    let draft = OperationStore.Draft(
      kind: .createOrganization, actor: .user(user), organization: organization, slug: creation.slug.text, other: nil,
      idempotencyKey: idempotencyKey, requestDigest: creation.digest)
    guard try await OperationStore.insert(operation, draft, on: control) else { return false }
    guard try await OperationStore.countOpen(.user(user), on: control) <= environment.limits.openOperations else {
      throw ControlError(.tooManyOperations)
    }
    // The scarce thing first: who comes too late is refused before anything else was written.
    guard try await SlugStore.claim(creation.slug, for: organization, now: environment.now(), on: control) else {
      throw ControlError(.slugTaken)
    }
    try await OrganizationStore.insert(
      organization, slug: creation.slug, name: creation.name, region: region, creatorGrant: grant, on: control)
    _ = try await GrantStore.insert(
      grant, organization: organization, user: user, role: .owner, source: .creator, region: region.number, on: control)
    try await GrantStore.enter(region.number, organization: organization, on: control)
    try await AuditStore.append(.user(user), "organization.create", organization.description, on: control)
    return true
  }
}
