internal import Silo

/// Where a request goes, and whose it is as far as that is known.
struct GatewayRoute: Sendable {
  struct Home: Sendable, Hashable {
    let organization: OrganizationID
    let generation: Int64
  }

  let region: RegionEntry
  /// Nil for a request that names no organization that control knows: the default region's, or the one that its host names.
  let home: Home?
  /// Events by project key: they carry no credential of a person.
  let isIngest: Bool
}
