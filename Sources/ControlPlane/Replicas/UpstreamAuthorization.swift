internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Decides which rows of one kind a region may speak. Its claim is never trusted: all answers come from control's own tables.
struct UpstreamAuthorization: Sendable {
  let model: ReplicatedModel
  let replica: DirectoryReplica
  let region: Int16

  /// The code of every row that is refused.
  func refusals(_ rows: [RowImage], on connection: PostgresConnection) async throws -> [RowKey: String] {
    let keys = rows.map(\.row.key)
    let existing = try await replica.owners(of: keys, on: connection)
    let isMember = model.kind == ReplicatedModels.member.kind
    let grants = isMember ? try await UpstreamStore.grants(keys, on: connection) : [:]
    let organizations = rows.compactMap { organization(of: $0) } + existing.values.map(\.organization)
    let homes = try await UpstreamStore.homes(organizations, on: connection)
    var refused: [RowKey: String] = [:]
    for image in rows {
      let owner = existing[image.row.key]
      // A row that is there belongs to the home of its organization, whoever speaks now.
      if let owner, homes[owner.organization]?.region != region {
        refused[image.row.key] = "NOT_HOME"
      } else if image.fields == nil {
        if let grant = grants[image.row.key], grant.region != region { refused[image.row.key] = "NOT_HOME" }
      } else {
        refused[image.row.key] = refusal(of: image, owner: owner?.organization, homes: homes, grants: grants)
      }
    }
    return refused
  }

  private func refusal(
    of image: RowImage, owner: OrganizationID?, homes: [OrganizationID: UpstreamStore.Home],
    grants: [RowKey: UpstreamStore.Grant]
  ) -> String? {
    guard let organization = organization(of: image),
      model.fields.allSatisfy({ $0.isOptional || image.value(of: $0.name) != nil }),
      owner == nil || owner == organization
    else { return "BAD_ROW" }
    guard let home = homes[organization], home.region == region else { return "NOT_HOME" }
    guard image.version.generation == home.generation else { return "STALE_GENERATION" }
    // A region that was restored to before an end speaks of what is no more; the end itself it may repeat.
    let repeatsEnd = model.kind == ReplicatedModels.organization.kind && image.value(of: "status") != "active"
    guard !home.isEnded || repeatsEnd else { return "ORGANIZATION_ENDED" }
    guard model.kind == ReplicatedModels.member.kind else { return nil }
    guard let grant = grants[image.row.key], grant.isLive, grant.organization == organization,
      image.value(of: "user_id").flatMap({ UserID($0) }) == grant.user
    else { return "NO_GRANT" }
    return nil
  }

  private func organization(of image: RowImage) -> OrganizationID? {
    model.kind == ReplicatedModels.organization.kind
      ? OrganizationID(image.row.key.text) : image.value(of: "organization_id").flatMap { OrganizationID($0) }
  }
}
