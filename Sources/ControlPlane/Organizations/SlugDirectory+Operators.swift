internal import FoundationEssentials
internal import Outbox
package import Silo

extension SlugDirectory {
  /// Everything about one slug.
  package struct Look: Sendable, Hashable {
    package let slug: String
    /// Why nobody may ever have it; nil for a usable slug.
    package let refusal: String?
    package let holding: SlugStore.Holding?
    package let reservation: SlugStore.Reservation?
    /// All slugs of the organization that has it.
    package let others: [SlugStore.Holding]
  }

  package func look(_ slug: String) async throws -> Look {
    let limit = environment.limits.page
    var refusal: String?
    do { _ = try OrganizationSlug(slug) } catch { refusal = error.description }
    let reason = refusal
    return try await environment.database.withConnection { control in
      let holding = try await SlugStore.find(slug, on: control)
      let others =
        if let holding { try await SlugStore.all(of: holding.organization, limit: limit, on: control) } else {
          [SlugStore.Holding]()
        }
      return Look(
        slug: slug, refusal: reason, holding: holding,
        reservation: try await SlugStore.reservation(slug, on: control), others: others)
    }
  }

  /// The organization that has a slug.
  /// - Parameter inUse: whether one that rests does not count.
  /// - Throws: ``ControlError/Code/slugUnknown``, ``ControlError/Code/swapInvalid``
  package func owner(of slug: String, inUse: Bool = false) async throws -> OrganizationID {
    let found = try await environment.database.withConnection { try await SlugStore.find(slug, on: $0) }
    guard let found else { throw ControlError(.slugUnknown) }
    guard !inUse || !found.isResting else {
      throw ControlError(.swapInvalid, "\(slug) rests; only slugs in use are swapped.")
    }
    return found.organization
  }

  /// Slugs that rest, the next to be free first, and those that are reserved.
  package func lists() async throws -> (resting: [SlugStore.Holding], reserved: [SlugStore.Reservation]) {
    let limit = environment.limits.page
    return try await environment.database.withConnection { control in
      (
        try await SlugStore.resting(limit: limit, on: control),
        try await SlugStore.reservations(limit: limit, on: control)
      )
    }
  }

  /// Keeps a slug from everybody. Whoever has it keeps it.
  package func reserve(_ slug: String, reason: String, by actor: OperatorID) async throws {
    let slug = try Self.parsed(slug)
    try await environment.write { control in
      guard try await SlugStore.reserve(slug, reason: reason, by: actor.description, on: control) else {
        throw ControlError(.slugReserved)
      }
      try await AuditStore.append(.operator(actor), "slug.reserve", slug.text, on: control)
    }
  }

  package func unreserve(_ slug: String, by actor: OperatorID) async throws {
    try await environment.write { control in
      guard try await SlugStore.unreserve(slug, on: control) else { throw ControlError(.slugUnknown) }
      try await AuditStore.append(.operator(actor), "slug.unreserve", slug, on: control)
    }
  }

  /// Ends the rest of a slug: it is no alias any more and anybody may have it.
  package func free(_ slug: String, by actor: OperatorID) async throws {
    try await environment.write { control in
      guard try await SlugStore.free(slug, on: control) else { throw ControlError(.slugUnknown) }
      try await AuditStore.append(.operator(actor), "slug.free", slug, on: control)
    }
  }
}
