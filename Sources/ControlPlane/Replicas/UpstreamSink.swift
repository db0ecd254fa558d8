package import FoundationEssentials
package import Outbox
package import Postgres
package import Silo
package import SyncProtocol

/// Takes a kind that regions send, row by row authorized: a region speaks only about organizations whose home it is, at the current
/// generation, and its word never widens its own interest.
///
/// Codes of refused rows: `BAD_ROW` (a key or field that cannot be), `NOT_HOME`, `STALE_GENERATION`,
/// `ORGANIZATION_ENDED`, `NO_GRANT`, `KEY_OWNED`.
package struct UpstreamSink: KindSink {
  let model: ReplicatedModel
  let replica: DirectoryReplica
  private let slugRest: Int64
  private let now: @Sendable () -> Date

  /// - Parameter slugRest: seconds that the slug of an ended organization rests.
  package init(_ model: ReplicatedModel, slugRest: Int64, now: @escaping @Sendable () -> Date) {
    self.model = model
    self.slugRest = slugRest
    self.now = now
    replica = DirectoryReplica(model)
  }

  package var declaration: KindDeclaration { KindDeclaration(model.kind, key: .uuid, lane: model.lane) }

  package func apply(
    _ rows: [RowImage], context: ApplyContext, on connection: PostgresConnection
  ) async throws -> [RowRefusal] {
    let region = Int16(context.stream.value)
    let refused = try await take(rows, from: region, on: connection)
    try await ForeignWordStore.note(
      refused.compactMap { $0.value == "NOT_HOME" ? $0.key.text : nil }, as: model.kind.name,
      action: "region.foreign_word", region: region, on: connection)
    return refused.map { RowRefusal(key: $0.key, code: $0.value) }
  }

  /// Takes what a region may say, and returns why the rest is refused.
  private func take(
    _ rows: [RowImage], from region: Int16, on connection: PostgresConnection
  ) async throws -> [RowKey: String] {
    var refused = try await UpstreamAuthorization(model: model, replica: replica, region: region)
      .refusals(rows, on: connection)
    var freed: [String] = []
    var taken = rows.filter { refused[$0.row.key] == nil }
    if model.kind == ReplicatedModels.projectKey.kind {
      let claimed = try await claim(taken, region: region, on: connection)
      for key in claimed.owned { refused[key] = "KEY_OWNED" }
      freed = claimed.freed
      taken = taken.filter { refused[$0.row.key] == nil }
    }
    let known = try await replica.owners(of: taken.map(\.row.key), on: connection)
    try await replica.upsert(taken.filter { $0.fields != nil }, region: region, on: connection)
    // Nobody else's rows, and no tombstones for keys that were never this region's.
    try await replica.remove(
      taken.filter { $0.fields == nil && known[$0.row.key] != nil }, region: region, on: connection)
    try await follow(taken, on: connection)
    try await takeWaiting(claimsOf: freed, on: connection)
    return refused
  }

  package func sweep(
    _ stream: SiloNumber, range: KeyRange, keeping kept: Set<RowKey>, olderThan version: RowVersion, limit: Int,
    on connection: PostgresConnection
  ) async throws -> [RowKey] {
    let region = Int16(stream.value)
    let found = try await replica.older(
      than: version, in: range, region: region, limit: limit.addingReportingOverflow(kept.count).partialValue,
      on: connection)
    let keys = Array(found.lazy.filter { !kept.contains($0) }.prefix(limit))
    let removes = keys.map { RowImage(row: RowReference(kind: model.kind, key: $0), version: version, fields: nil) }
    try await replica.sweep(removes, region: region, on: connection)
    try await lose(removes, since: version, region: region, on: connection)
    return keys
  }

  /// What follows at control from rows that were taken.
  private func follow(_ rows: [RowImage], on connection: PostgresConnection) async throws {
    switch model.kind {
    case ReplicatedModels.organization.kind:
      let living = rows.filter { $0.value(of: "status") == "active" }.map(\.row.key).uuids
      let ended = rows.filter { $0.value(of: "status") != "active" }.map(\.row.key).uuids
      if !living.isEmpty {
        try FaultPoint.hit(.operationBeforeConfirm)
        try await UpstreamStore.confirm(living, on: connection)
        try FaultPoint.hit(.operationAfterConfirm)
      }
      if !ended.isEmpty {
        let until = now().addingTimeInterval(Double(slugRest))
        try await UpstreamStore.end(ended, slugsRestUntil: until, on: connection)
      }
    case ReplicatedModels.member.kind:
      let removed = rows.filter { $0.fields == nil }.map(\.row.key)
      if !removed.isEmpty { try await UpstreamStore.endGrants(removed, on: connection) }
    case ReplicatedModels.projectKey.kind:
      let removed = rows.filter { $0.fields == nil }.map(\.row.key)
      if !removed.isEmpty {
        try await takeWaiting(claimsOf: try await UpstreamStore.release(removed, on: connection), on: connection)
      }
    default: break
    }
  }

  /// What follows from rows that did not come again: the region's database lost them. That ends memberships, which are the region's to end, but no
  /// organization: its creator's grant lets the region make it anew.
  private func lose(
    _ rows: [RowImage], since version: RowVersion, region: Int16, on connection: PostgresConnection
  ) async throws {
    guard !rows.isEmpty else { return }
    switch model.kind {
    case ReplicatedModels.organization.kind:
      try await UpstreamStore.provisionAgain(rows.map(\.row.key), region: region, on: connection)
    case ReplicatedModels.member.kind:
      try await UpstreamStore.endLostGrants(rows.map(\.row.key), since: version, on: connection)
    case ReplicatedModels.projectKey.kind:
      // A loss is no release: the region's own row claims it again, or an operator releases it.
      try await UpstreamStore.alarmLost(rows.map(\.row.key), region: region, on: connection)
    default: try await follow(rows, on: connection)
    }
  }

  /// Claims public keys for rows: which rows' keys are another's, and which keys are nobody's any more because their row has a new one.
  private func claim(
    _ rows: [RowImage], region: Int16, on connection: PostgresConnection
  ) async throws -> (owned: [RowKey], freed: [String]) {
    let claims = rows.compactMap { image -> UpstreamStore.Claim? in
      guard let publicKey = image.value(of: "public_key"),
        let organization = image.value(of: "organization_id").flatMap({ OrganizationID($0) })
      else { return nil }
      return UpstreamStore.Claim(
        key: image.row.key, publicKey: publicKey, organization: organization, version: image.version)
    }
    guard !claims.isEmpty else { return ([], []) }
    let freed = try await UpstreamStore.rekey(claims, on: connection)
    let owned = try await UpstreamStore.claim(claims, on: connection)
    let contested = claims.filter { owned.contains($0.key) }.map(\.publicKey)
    try await ForeignWordStore.note(
      Array(Set(contested)), as: "owned_key", action: "project_key.owned", region: region, on: connection)
    return (owned, freed)
  }

  /// Gives keys that became free to the organization whose claim waits in quarantine: its region's word, checked as if it came now. Where several wait nobody
  /// gets the key: an operator knows whose it is.
  func takeWaiting(claimsOf publicKeys: [String], on connection: PostgresConnection) async throws {
    guard !publicKeys.isEmpty else { return }
    let waiting = try await UpstreamStore.waiting(publicKeys, on: connection)
    for (_, claims) in Dictionary(grouping: waiting, by: \.publicKey).sorted(by: { $0.key < $1.key }) {
      guard Set(claims.map(\.organization)).count == 1 else { continue }
      for claim in claims { try await takeWaiting(claim, on: connection) }
    }
  }

  /// Takes one claim out of quarantine if it is good now.
  func takeWaiting(_ claim: UpstreamStore.WaitingClaim, on connection: PostgresConnection) async throws {
    let refused = try await take([claim.image], from: claim.region, on: connection)
    guard refused.isEmpty else { return }
    try await UpstreamStore.forget(claim, on: connection)
  }
}
