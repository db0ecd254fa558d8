internal import Outbox
internal import Postgres
package import Silo

/// Incidents as control's status shows them.
package enum DivergenceStore {
  /// Open and mended incidents by region.
  package static func counts(
    on control: ControlConnection
  ) async throws -> [RegionNumber: (open: Int64, mended: Int64)] {
    let rows = try await control.query(
      """
      SELECT GREATEST(i.stream, i.silo), count(*) FILTER (WHERE i.state = 'open'),
        count(*) FILTER (WHERE i.state = 'mended')
      FROM outbox.incident i GROUP BY 1
      """)
    var counts: [RegionNumber: (open: Int64, mended: Int64)] = [:]
    for (silo, open, mended) in try rows.decode((Int16, Int64, Int64).self) {
      if let region = RegionNumber(Int(silo)) { counts[region] = (open, mended) }
    }
    return counts
  }
}
