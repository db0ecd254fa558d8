package import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// One-time permissions to join.
package enum JoinTokenStore {
  package struct Token: Sendable, Hashable {
    package let region: RegionID
    package let expires: Date
    /// The thumbprint that used it, and when.
    package let usedBy: String?
    package let usedAt: Date?
  }

  /// Adds a token and makes the region's older unused ones void.
  package static func insert(
    digest: [UInt8], region: RegionID, by creator: OperatorID, expires: Date, on control: ControlConnection
  ) async throws {
    try await void(region, on: control)
    try await control.execute(
      """
      INSERT INTO control.join_token (digest, region_id, created_by, expires)
      VALUES (\(digest), \(region.uuid), \(creator.uuid), \(expires))
      """)
  }

  /// The token with its lock, so that two uses follow each other.
  package static func lock(digest: [UInt8], on control: ControlConnection) async throws -> Token? {
    let rows = try await control.query(
      "SELECT region_id, expires, used_by, used_at FROM control.join_token WHERE digest = \(digest) FOR UPDATE")
    return try rows.decode((UUID, Date, String?, Date?).self).first.map {
      Token(region: RegionID($0), expires: $1, usedBy: $2, usedAt: $3)
    }
  }

  package static func use(
    digest: [UInt8], by thumbprint: String, at now: Date, on control: ControlConnection
  ) async throws {
    try await control.execute(
      "UPDATE control.join_token SET used_by = \(thumbprint), used_at = \(now) WHERE digest = \(digest)")
  }

  package static func void(_ region: RegionID, on control: ControlConnection) async throws {
    try await control.execute(
      "DELETE FROM control.join_token WHERE region_id = \(region.uuid) AND used_at IS NULL")
  }
}
