package import FoundationEssentials
internal import Outbox
internal import SyncProtocol
package import Silo

/// The registry: regions, their join tokens, approval and revocation.
package struct RegionRegistry: Sendable {
  let environment: ControlEnvironment
  /// Ends what a region's agent has under way.
  private let cut: @Sendable (RegionNumber) async -> Void

  package init(environment: ControlEnvironment, cut: @escaping @Sendable (RegionNumber) async -> Void = { _ in }) {
    self.environment = environment
    self.cut = cut
  }

  /// - Throws: ``ControlError`` when the URL is unusable or the name taken.
  package func create(_ description: RegionStore.Description, by actor: OperatorID) async throws -> RegionStore.Region {
    guard let url = RegionURL.normalized(description.url) else {
      throw ControlError(.regionInvalid, "The URL is https://host[:port], or http on a loopback address.")
    }
    var region = description
    region.url = url
    let entered = region
    let id: RegionID = environment.identifiers.next()
    return try await environment.write { control in
      try await GrantGate.require(.scarce, on: control)
      guard try await RegionStore.insert(id, entered, on: control) else { throw ControlError(.regionTaken) }
      try await AuditStore.append(.operator(actor), "region.create", entered.name.text, on: control)
      guard let created = try await RegionStore.find(id, on: control) else { throw ControlError(.regionUnknown) }
      return created
    }
  }

  package func all() async throws -> [RegionStore.Region] {
    try await environment.database.withConnection { try await RegionStore.all(limit: 4095, on: $0) }
  }

  /// What each region has applied, as a state.
  package func states() async throws -> [RegionNumber: SyncState] {
    try await environment.database.withConnection { try await RegionStates.all(on: $0) }
  }

  /// A new join token for a region; older unused ones are void.
  package func joinToken(
    for name: RegionName, by actor: OperatorID
  ) async throws -> (token: String, expires: Date, pin: String) {
    let token = TokenFormat.join.mint()
    let expires = environment.after(environment.limits.joinTokenLifetime)
    let pin = try await environment.write { control -> String in
      guard let region = try await RegionStore.find(name, locking: true, on: control) else {
        throw ControlError(.regionUnknown)
      }
      try await JoinTokenStore.insert(
        digest: TokenFormat.digest(of: token), region: region.id, by: actor, expires: expires, on: control)
      try await AuditStore.append(.operator(actor), "region.join_token", name.text, on: control)
      guard let pin = try await SigningKeyStore.rootFingerprint(on: control) else {
        throw ControlError(.notInitialized)
      }
      return pin
    }
    return (token, expires, pin)
  }

  /// Lets the agents that wait for it speak: the one whose key has this fingerprint, or all.
  package func approve(_ name: RegionName, fingerprint: String?, by actor: OperatorID) async throws {
    try await environment.write { control in
      guard let region = try await RegionStore.find(name, locking: true, on: control) else {
        throw ControlError(.regionUnknown)
      }
      var agent: String?
      if let fingerprint {
        agent = try await RegionKeyStore.agent(fingerprint: fingerprint, of: region.id, on: control)
        guard agent != nil else { throw ControlError(.nothingToApprove, "No agent with this fingerprint waits.") }
      }
      guard try await RegionKeyStore.approve(region.id, agent: agent, on: control) > 0 else {
        throw ControlError(.nothingToApprove)
      }
      try await RegionStore.setState(.active, of: region.id, on: control)
      try await AuditStore.append(.operator(actor), "region.approve", name.text, on: control)
    }
  }

  /// Takes back every key, token and session of a region. What it holds already it keeps; nothing more reaches it.
  package func revoke(_ name: RegionName, by actor: OperatorID) async throws {
    let number = try await environment.write { control in
      guard let region = try await RegionStore.find(name, locking: true, on: control) else {
        throw ControlError(.regionUnknown)
      }
      _ = try await RegionKeyStore.revokeAll(region.id, on: control)
      try await JoinTokenStore.void(region.id, on: control)
      try await AgentSessionStore.end(region.number, on: control)
      try await RegionStore.setState(.revoked, of: region.id, on: control)
      try await AuditStore.append(.operator(actor), "region.revoke", name.text, on: control)
      return region.number
    }
    await cut(number)
  }
}
