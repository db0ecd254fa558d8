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
    var refused = try await UpstreamAuthorization(model: model, replica: replica, region: region)
      .refusals(rows, on: connection)
    var taken = rows.filter { refused[$0.row.key] == nil }
    if model.kind == ReplicatedModels.projectKey.kind {
      for key in try await ownedByOthers(taken, region: region, on: connection) { refused[key] = "KEY_OWNED" }
      taken = taken.filter { refused[$0.row.key] == nil }
    }
    let known = try await replica.owners(of: taken.map(\.row.key), on: connection)
    try await replica.upsert(taken.filter { $0.fields != nil }, region: region, on: connection)
    // Nobody else's rows, and no tombstones for keys that were never this region's.
    try await replica.remove(
      taken.filter { $0.fields == nil && known[$0.row.key] != nil }, region: region, on: connection)
    try await follow(taken, on: connection)
    return refused.map { RowRefusal(key: $0.key, code: $0.value) }
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
      if !removed.isEmpty { try await UpstreamStore.release(removed, on: connection) }
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
    default: try await follow(rows, on: connection)
    }
  }

  private func ownedByOthers(
    _ rows: [RowImage], region: Int16, on connection: PostgresConnection
  ) async throws -> [RowKey] {
    let claims = rows.compactMap { image -> (key: RowKey, publicKey: String, organization: OrganizationID)? in
      guard let publicKey = image.value(of: "public_key"),
        let organization = image.value(of: "organization_id").flatMap({ OrganizationID($0) })
      else { return nil }
      return (image.row.key, publicKey, organization)
    }
    guard !claims.isEmpty else { return [] }
    let owned = try await UpstreamStore.claim(claims, on: connection)
    if !owned.isEmpty { try await UpstreamStore.alarm(owned, region: region, on: connection) }
    return owned
  }
}
