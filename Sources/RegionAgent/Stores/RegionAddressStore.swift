package import Postgres

/// Where this region is reached, for whoever examines it.
package enum RegionAddressStore {
  /// The public URL as an operator entered it at control; nil before it has arrived. A region holds no description but its own.
  package static func url(on connection: PostgresConnection) async throws -> String? {
    try await connection.query("SELECT url FROM replica.region ORDER BY _epoch DESC, _head DESC LIMIT 1")
      .decode(String.self).first
  }
}
