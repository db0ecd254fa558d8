internal import Outbox
internal import Postgres

/// How long control's keys have signed or waited to sign, for `atoll doctor`.
package enum KeyAgeStore {
  package enum Use: String, Sendable, Hashable, CaseIterable {
    case accessTokens = "access tokens"
    case idTokens = "ID tokens"
    /// Answers, batches and forwarded requests: the keys that the manifest lists.
    case manifest
  }

  package struct Age: Sendable, Hashable {
    package let use: Use
    package let id: String
    /// Whether it does not sign yet.
    package let isNext: Bool
    /// Since it was made, by the database's clock.
    package let seconds: Double
    /// Regions that have not taken an announced key of access tokens, at most 20.
    package let lacking: [String]

    package init(use: Use, id: String, isNext: Bool, seconds: Double, lacking: [String] = []) {
      self.use = use
      self.id = id
      self.isNext = isNext
      self.seconds = seconds
      self.lacking = lacking
    }
  }

  /// Every key that signs or will.
  package static func all(on control: ControlConnection) async throws -> [Age] {
    let rows = try await control.query(
      """
      SELECT \(Use.accessTokens.rawValue), k.kid, k.state = 'next', extract(epoch FROM clock_timestamp() - s.announced)::float8,
        ARRAY(SELECT r.name FROM control.region AS r LEFT JOIN directory.applied AS a ON a.region = r.number
          WHERE k.state = 'next' AND r.state = 'active'
            AND (a.snapshot IS NULL OR NOT pg_visible_in_snapshot(s.announced_by, a.snapshot)) ORDER BY r.name LIMIT 20)
      FROM control.token_key AS k JOIN control.token_key_secret AS s ON s.kid = k.kid WHERE k.state <> 'retiring'
      UNION ALL
      SELECT \(Use.idTokens.rawValue), i.kid, i.state = 'next', extract(epoch FROM clock_timestamp() - i.announced)::float8, '{}'
      FROM control.id_token_key AS i WHERE i.state <> 'retiring'
      UNION ALL
      SELECT \(Use.manifest.rawValue), g.thumbprint, g.state = 'next', extract(epoch FROM clock_timestamp() - g.created)::float8, '{}'
      FROM control.signing_key AS g WHERE g.state <> 'retired'
      ORDER BY 1, 3, 2
      """)
    return try rows.map { row in
      guard let use = Use(rawValue: try String(from: row[0])) else {
        throw PostgresError(code: .decoding, message: "a key's row is not of this version")
      }
      return Age(
        use: use, id: try String(from: row[1]), isNext: try Bool(from: row[2]), seconds: try Double(from: row[3]),
        lacking: try [String](from: row[4]))
    }
  }
}
