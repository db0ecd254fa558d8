package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// What operators do with project keys: a key has one owner over all regions, the first confirmed claim, and moves only by release, relocation, or here.
package struct KeyDirectory: Sendable {
  private let environment: ControlEnvironment

  package init(environment: ControlEnvironment) { self.environment = environment }

  /// Somebody who claims a key that is another's.
  package struct Claimant: Sendable, Hashable {
    package let organization: OrganizationID?
    package let region: Int16
    package let since: Date

    init(_ claim: UpstreamStore.WaitingClaim) {
      organization = claim.organization
      region = claim.region
      since = claim.since
    }
  }

  package struct Look: Sendable, Hashable {
    package let publicKey: String
    package let owner: KeyStore.Owner?
    package let claimants: [Claimant]
  }

  package func look(_ publicKey: String) async throws -> Look {
    try Self.check(publicKey)
    return try await environment.database.withConnection { control in
      let owner = try await KeyStore.owner(of: publicKey, on: control)
      let waiting = try await UpstreamStore.waiting([publicKey], locking: false, on: control.connection)
      guard owner != nil || !waiting.isEmpty else { throw ControlError(.projectKeyUnknown) }
      return Look(
        publicKey: publicKey, owner: owner,
        claimants: waiting.map(Claimant.init))
    }
  }

  /// Takes a key from its owner. The one organization whose claim waits for it gets it; where several wait, nobody does.
  package func release(_ publicKey: String, by actor: OperatorID) async throws -> Look {
    try Self.check(publicKey)
    try await environment.write { control in
      guard try await KeyStore.release(publicKey, on: control) else { throw ControlError(.projectKeyUnknown) }
      try await AuditStore.append(.operator(actor), "project_key.release", publicKey, on: control)
      try await sink.takeWaiting(claimsOf: [publicKey], on: control.connection)
    }
    return try await environment.database.withConnection { control in
      let owner = try await KeyStore.owner(of: publicKey, on: control)
      let waiting = try await UpstreamStore.waiting([publicKey], locking: false, on: control.connection)
      return Look(publicKey: publicKey, owner: owner, claimants: waiting.map(Claimant.init))
    }
  }

  /// Gives a key to an organization that claims it.
  /// - Throws: ``ControlError/Code/noSuchClaim`` unless its claim waits.
  package func move(_ publicKey: String, to organization: OrganizationID, by actor: OperatorID) async throws -> Look {
    try Self.check(publicKey)
    try await environment.write { control in
      _ = try await KeyStore.release(publicKey, on: control)
      let waiting = try await UpstreamStore.waiting([publicKey], of: organization, on: control.connection)
      guard let claim = waiting.first else { throw ControlError(.noSuchClaim) }
      try await sink.takeWaiting(claim, on: control.connection)
      guard try await KeyStore.owner(of: publicKey, on: control)?.organization == organization else {
        throw ControlError(.noSuchClaim, "What its region said of the key is not good any more.")
      }
      try await AuditStore.append(.operator(actor), "project_key.move", publicKey, on: control)
    }
    return try await look(publicKey)
  }

  private var sink: UpstreamSink {
    UpstreamSink(
      ReplicatedModels.projectKey, slugRest: environment.limits.slugRest, now: { [environment] in environment.now() })
  }

  private static func check(_ publicKey: String) throws {
    let isKey = DirectoryMap.withBytes(publicKey) { DirectoryKey(hexadecimal: $0) != nil }
    guard isKey else { throw ControlError(.projectKeyUnknown) }
  }
}
