internal import Outbox
internal import Postgres
package import Silo

/// Residency zones: data that changes at run time.
package enum LocalityStore {
  package struct Locality: Sendable, Hashable {
    package let name: String
    /// What people read; empty for the name.
    package var label: String
    /// Whether its regions are shown where people choose one.
    package var isVisible: Bool
    package let regions: Int
  }

  private static let columns: SQL = """
    l.name, l.label, l.visible, (SELECT count(*) FROM control.region r WHERE r.locality = l.name)
    """

  package static func all(limit: Int, on control: ControlConnection) async throws -> [Locality] {
    try localities(
      try await control.query("SELECT \(columns) FROM control.locality l ORDER BY l.name LIMIT \(limit)"))
  }

  package static func find(_ name: RegionName, on control: ControlConnection) async throws -> Locality? {
    try localities(
      try await control.query("SELECT \(columns) FROM control.locality l WHERE l.name = \(name.text) FOR UPDATE OF l")
    ).first
  }

  package static func update(_ locality: Locality, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.locality SET label = \(locality.label), visible = \(locality.isVisible)
      WHERE name = \(locality.name)
      """)
  }

  private static func localities(_ rows: PostgresRows) throws -> [Locality] {
    try rows.decode((String, String, Bool, Int64).self).map {
      Locality(name: $0, label: $1, isVisible: $2, regions: Int($3))
    }
  }
}
