internal import Crypto
internal import FoundationEssentials
internal import Outbox
package import Silo

/// Renames and swaps as durable operations, and what operators do with slugs.
///
/// The change itself is one transaction at control: from its commit on the new slug is the organization's, whatever becomes of its region. The operation
/// is done when the region has it.
package struct SlugDirectory: Sendable {
  let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Gives an organization another slug. The old one rests: an alias of its owner's for a while.
  ///
  /// The same idempotency key with the same request returns the same operation.
  /// - Throws: ``ControlError``
  package func rename(
    _ organization: OrganizationID, to slug: String, by actor: OperationStore.Actor, idempotencyKey: String? = nil
  ) async throws -> OperationStore.Operation {
    let slug = try Self.parsed(slug)
    let digest = Self.digest("rename_organization\n\(organization)\n\(slug.text)")
    return try await perform(actor, idempotencyKey, digest) { control, record in
      try await OrganizationStore.lock([organization], on: control)
      let home = try await home(organization, for: actor, on: control)
      guard
        try await record(
          OperationStore.Draft(
            kind: .renameOrganization, actor: actor, organization: organization, slug: slug.text, other: nil,
            idempotencyKey: idempotencyKey, requestDigest: digest))
      else { return false }
      guard home.slug != slug.text else { return true }
      try await SlugStore.rest(organization, until: environment.after(environment.limits.slugRest), on: control)
      guard try await SlugStore.claim(slug, for: organization, now: environment.now(), on: control) else {
        throw ControlError(.slugTaken)
      }
      guard try await SlugStore.countResting(organization, on: control) <= environment.limits.slugAliases else {
        throw ControlError(.tooManyAliases)
      }
      try await OrganizationStore.setSlug(slug, of: organization, on: control)
      try await AuditStore.append(actor.audited, "organization.rename", organization.description, on: control)
      return true
    }
  }

  /// Gives each of two organizations the other's slug, at one instant. Neither leaves an alias.
  /// - Throws: ``ControlError``
  package func swap(
    _ first: OrganizationID, _ second: OrganizationID, by actor: OperationStore.Actor, idempotencyKey: String? = nil
  ) async throws -> OperationStore.Operation {
    guard first != second else { throw ControlError(.swapInvalid, "An organization has nothing to swap with itself.") }
    let digest = Self.digest("swap_slugs\n\(first)\n\(second)")
    return try await perform(actor, idempotencyKey, digest) { control, record in
      try await OrganizationStore.lock([first, second], on: control)
      let one = try await home(first, for: actor, on: control)
      let other = try await home(second, for: actor, on: control)
      guard
        try await record(
          OperationStore.Draft(
            kind: .swapSlugs, actor: actor, organization: first, slug: other.slug, other: second,
            idempotencyKey: idempotencyKey, requestDigest: digest))
      else { return false }
      let (old, new) = (try Self.parsed(one.slug), try Self.parsed(other.slug))
      guard try await SlugStore.swap((first, old), (second, new), now: environment.now(), on: control) else {
        throw ControlError(.slugTaken, "Somebody else is changing one of these slugs right now.")
      }
      try await OrganizationStore.setSlug(new, of: first, on: control)
      try await OrganizationStore.setSlug(old, of: second, on: control)
      for organization in [first, second] {
        try await AuditStore.append(actor.audited, "organization.swap_slug", organization.description, on: control)
      }
      return true
    }
  }

  /// The slugs of an organization that the person belongs to, the one in use first.
  package func slugs(of organization: OrganizationID, for user: UserID) async throws -> [SlugStore.Holding] {
    let limit = environment.limits.page
    return try await environment.database.withConnection { control in
      guard try await GrantStore.role(of: user, in: organization, on: control) != nil else {
        throw ControlError(.organizationUnknown)
      }
      return try await SlugStore.all(of: organization, limit: limit, on: control)
    }
  }

  /// Records an operation and makes its change in one transaction, or finds the one that was recorded under the key.
  private func perform(
    _ actor: OperationStore.Actor, _ idempotencyKey: String?, _ digest: [UInt8],
    _ change: (
      _ control: ControlConnection, _ record: (OperationStore.Draft) async throws -> Bool
    ) async throws -> Bool
  ) async throws -> OperationStore.Operation {
    if let earlier = try await earlier(actor, idempotencyKey, digest) { return earlier }
    let id: OperationID = environment.identifiers.next()
    let isNew = try await environment.write { control in
      try await GrantGate.require(.scarce, on: control)
      return try await change(control) { draft in
        guard try await OperationStore.insert(id, draft, on: control) else { return false }
        guard try await OperationStore.countOpen(actor, on: control) <= environment.limits.openOperations else {
          throw ControlError(.tooManyOperations)
        }
        return true
      }
    }
    let found =
      isNew
      ? try await environment.database.withConnection { try await OperationStore.find(id, of: actor, on: $0) }
      : try await earlier(actor, idempotencyKey, digest)
    guard let found else { throw ControlError(.operationUnknown) }
    return found
  }

  private func earlier(
    _ actor: OperationStore.Actor, _ idempotencyKey: String?, _ digest: [UInt8]
  ) async throws -> OperationStore.Operation? {
    guard let idempotencyKey else { return nil }
    let found = try await environment.database.withConnection {
      try await OperationStore.find(actor, idempotencyKey: idempotencyKey, on: $0)
    }
    guard let found else { return nil }
    guard found.requestDigest == digest else { throw ControlError(.idempotencyKeyReused) }
    return found
  }

  /// The home of an organization whose slug the actor may change.
  private func home(
    _ organization: OrganizationID, for actor: OperationStore.Actor, on control: ControlConnection
  ) async throws -> OrganizationStore.Home {
    guard let home = try await OrganizationStore.find(organization, on: control) else {
      throw ControlError(.organizationUnknown)
    }
    switch actor {
    case .user(let user):
      guard let role = try await GrantStore.role(of: user, in: organization, on: control), home.state == .active else {
        throw ControlError(.organizationUnknown)
      }
      guard role.allows(.changeSlug) else {
        throw ControlError(.roleInsufficient, "Only an owner of the organization changes its slug.")
      }
    case .operator: guard home.state != .deleting else { throw ControlError(.organizationUnknown) }
    }
    return home
  }

  static func parsed(_ slug: String) throws -> OrganizationSlug {
    do { return try OrganizationSlug(SlugSpelling.folded(slug)) } catch {
      throw ControlError(.slugInvalid, error.description)
    }
  }

  private static func digest(_ request: String) -> [UInt8] { Array(SHA256.hash(data: Array(request.utf8))) }
}
