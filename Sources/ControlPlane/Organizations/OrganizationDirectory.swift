internal import Crypto
internal import FoundationEssentials
internal import Outbox
package import Silo

/// Creating, finding and renaming organizations.
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
      do { self.slug = try OrganizationSlug(slug) } catch { throw ControlError(.slugInvalid, error.description) }
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
      return try await operation(id, of: user)
    }
    guard let operation = try await earlier(creation, user, idempotencyKey) else {
      throw ControlError(.operationUnknown)
    }
    return operation
  }

  /// - Throws: ``ControlError/Code/operationUnknown`` unless it is this person's.
  package func operation(_ id: OperationID, of user: UserID) async throws -> OperationStore.Operation {
    let found = try await environment.database.withConnection {
      try await OperationStore.find(id, user: user, on: $0)
    }
    guard let found else { throw ControlError(.operationUnknown) }
    return found
  }

  /// Tells the region once more. Harmless when it is done or under way.
  package func resume(_ id: OperationID, of user: UserID) async throws -> OperationStore.Operation {
    try await environment.write { control in
      guard let found = try await OperationStore.find(id, user: user, on: control) else {
        throw ControlError(.operationUnknown)
      }
      guard found.state != "done" else { return found }
      try await OrganizationStore.tellAgain(found.organization, on: control)
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

  /// Gives an organization another slug. The old one rests: it stays its owner's for a while.
  /// - Throws: ``ControlError``
  package func rename(_ organization: OrganizationID, to slug: String, by user: UserID) async throws -> OrganizationSlug
  {
    let slug = try parsed(slug)
    try await environment.write { control in
      try await GrantGate.require(.scarce, on: control)
      guard let role = try await GrantStore.role(of: user, in: organization, on: control),
        let home = try await OrganizationStore.find(organization, locking: true, on: control), home.state == .active
      else { throw ControlError(.organizationUnknown) }
      guard role.allows(.changeSlug) else {
        throw ControlError(.roleInsufficient, "Only an owner of the organization changes its slug.")
      }
      guard home.slug != slug.text else { return }
      let until = environment.after(environment.limits.slugRest)
      try await OrganizationStore.rest(organization, until: until, on: control)
      guard try await OrganizationStore.claim(slug, for: organization, now: environment.now(), on: control) else {
        throw ControlError(.slugTaken)
      }
      try await OrganizationStore.setSlug(slug, of: organization, on: control)
      try await AuditStore.append(.user(user), "organization.rename", organization.description, on: control)
    }
    return slug
  }

  private func parsed(_ slug: String) throws -> OrganizationSlug {
    do { return try OrganizationSlug(slug) } catch { throw ControlError(.slugInvalid, error.description) }
  }

  private func earlier(
    _ creation: Creation, _ user: UserID, _ idempotencyKey: String?
  ) async throws -> OperationStore.Operation? {
    guard let idempotencyKey else { return nil }
    let found = try await environment.database.withConnection {
      try await OperationStore.find(user: user, idempotencyKey: idempotencyKey, on: $0)
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
    guard
      try await OperationStore.insert(
        operation, user: user, organization: organization, idempotencyKey: idempotencyKey,
        requestDigest: creation.digest, on: control)
    else { return false }
    guard try await OperationStore.countOpen(user, on: control) <= environment.limits.openOperations else {
      throw ControlError(.tooManyOperations)
    }
    try await OrganizationStore.insert(
      organization, slug: creation.slug, name: creation.name, region: region, creatorGrant: grant, on: control)
    guard
      try await OrganizationStore.claim(creation.slug, for: organization, now: environment.now(), on: control)
    else { throw ControlError(.slugTaken) }
    _ = try await GrantStore.insert(
      grant, organization: organization, user: user, role: .owner, source: .creator, region: region.number, on: control)
    try await GrantStore.enter(region.number, organization: organization, on: control)
    return true
  }
}
