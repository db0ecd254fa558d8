internal import FoundationEssentials
internal import Outbox
internal import Postgres
package import Silo

/// The registry of regions.
package enum RegionStore {
  package enum State: String, Sendable, Hashable {
    case created, pending, active, revoked
  }

  package struct Region: Sendable, Hashable {
    package let id: RegionID
    package let number: RegionNumber
    package let name: RegionName
    package var locality: String
    package var category: RegionCategory
    package let tier: ResidencyTier
    package var url: String
    package var requiresApproval: Bool
    package let state: State
    /// Whether people see it where they choose a region.
    package var isVisible: Bool
    package var acceptsOrganizations: Bool
    package var gateway: GatewayPolicy
    /// The revisions of the sync protocol that its agents may speak; nil for no bound.
    package var protocolMinimum: Int?
    package var protocolMaximum: Int?
  }

  /// What an operator enters.
  package struct Description: Sendable, Hashable {
    package var name: RegionName
    package var locality: RegionName
    package var category: RegionCategory
    package var tier: ResidencyTier
    package var url: String
    package var requiresApproval: Bool
    /// Whether anybody sees it and may make organizations in it. A region of one tenant or on a customer's hardware is opened by an operator only.
    package var isOpen: Bool { category == .multiTenant }
    /// The number that a region had which a restored control does not remember; nil for a free one.
    package var number: RegionNumber?

    package init(
      name: RegionName, locality: RegionName, category: RegionCategory, tier: ResidencyTier, url: String,
      requiresApproval: Bool? = nil, number: RegionNumber? = nil
    ) {
      self.number = number
      self.name = name
      self.locality = locality
      self.category = category
      self.tier = tier
      self.url = url
      self.requiresApproval = requiresApproval ?? category.requiresApprovalByDefault
    }
  }

  private static let columns: SQL =
    """
    r.id, r.number, r.name, r.locality, r.category, r.residency_tier, r.url, r.requires_approval, r.state, r.visible,
    r.accepts_organizations, r.gateway, r.protocol_min, r.protocol_max
    """

  /// The advisory lock under which a free number is picked.
  private static let numberLock: Int64 = 0x61_746F_6C6C_4E72

  /// Adds a region and its locality; false when the name or the number is taken.
  package static func insert(
    _ id: RegionID, _ region: Description, on control: ControlConnection
  ) async throws -> Bool {
    // Two regions created at once must not pick one number: the second looks when the first is there.
    _ = try await control.query("SELECT pg_advisory_xact_lock(\(numberLock))")
    try await control.execute(
      "INSERT INTO control.locality (name) VALUES (\(region.locality.text)) ON CONFLICT (name) DO NOTHING")
    return try await control.execute(
      """
      INSERT INTO control.region (id, number, name, locality, category, residency_tier, url, requires_approval, visible,
        accepts_organizations)
      VALUES (\(id.uuid), COALESCE(\(region.number?.value), control.free_region_number()), \(region.name.text), \(region.locality.text), \(region.category.rawValue),
        \(region.tier.rawValue), \(region.url), \(region.requiresApproval), \(region.isOpen), \(region.isOpen))
      ON CONFLICT DO NOTHING
      """) == 1
  }

  package static func all(limit: Int, on control: ControlConnection) async throws -> [Region] {
    try regions(
      try await control.query("SELECT \(columns) FROM control.region r ORDER BY r.number LIMIT \(limit)"))
  }

  package static func count(_ state: State, on control: ControlConnection) async throws -> Int {
    Int(
      try await control.query("SELECT count(*) FROM control.region r WHERE r.state = \(state.rawValue)").only()
        .decode(Int64.self))
  }

  /// - Parameter locking: takes the row's lock, so that joins, approvals and revocations of one region follow each other.
  package static func find(
    _ name: RegionName, locking: Bool = false, on control: ControlConnection
  ) async throws -> Region? {
    let lock: SQL = locking ? "FOR UPDATE" : ""
    return try regions(
      try await control.query("SELECT \(columns) FROM control.region r WHERE r.name = \(name.text) \(lock)")
    ).first
  }

  package static func find(
    _ id: RegionID, locking: Bool = false, on control: ControlConnection
  ) async throws -> Region? {
    let lock: SQL = locking ? "FOR UPDATE" : ""
    return try regions(
      try await control.query("SELECT \(columns) FROM control.region r WHERE r.id = \(id.uuid) \(lock)")
    ).first
  }

  /// The region that is reached at exactly this URL.
  package static func find(url: String, on control: ControlConnection) async throws -> Region? {
    try regions(
      try await control.query(
        "SELECT \(columns) FROM control.region r WHERE r.url = \(url) AND r.state = 'active' ORDER BY r.number LIMIT 1")
    ).first
  }

  package static func setState(_ state: State, of id: RegionID, on control: ControlConnection) async throws {
    try await control.execute(
      "UPDATE control.region SET state = \(state.rawValue) WHERE id = \(id.uuid) AND state <> \(state.rawValue)")
  }

  /// Writes what operators may change, and enters its locality. The caller has the row's lock.
  package static func update(_ region: Region, on control: ControlConnection) async throws {
    try await control.execute(
      "INSERT INTO control.locality (name) VALUES (\(region.locality)) ON CONFLICT (name) DO NOTHING")
    try await control.execute(
      """
      UPDATE control.region SET locality = \(region.locality), category = \(region.category.rawValue), url = \(region.url),
        requires_approval = \(region.requiresApproval), visible = \(region.isVisible),
        accepts_organizations = \(region.acceptsOrganizations), gateway = \(region.gateway.rawValue),
        protocol_min = \(region.protocolMinimum.map { Int16(clamping: $0) }),
        protocol_max = \(region.protocolMaximum.map { Int16(clamping: $0) })
      WHERE id = \(region.id.uuid)
      """)
  }

  /// The versions of the sync protocol that an operator lets a region speak.
  package static func protocolBounds(
    of region: RegionNumber, on control: ControlConnection
  ) async throws -> ClosedRange<Int> {
    let row = try await control.query(
      """
      SELECT COALESCE(r.protocol_min, 1)::int4, COALESCE(r.protocol_max, 1000)::int4 FROM control.region r
      WHERE r.number = \(region.value)
      """
    ).decode((Int32, Int32).self).first
    guard let row, row.0 <= row.1 else { return 1...1000 }
    return Int(row.0)...Int(row.1)
  }

  /// Whether organizations live there, which makes a new agent key a matter for an operator.
  package static func hasData(_ id: RegionID, on control: ControlConnection) async throws -> Bool {
    try await control.query(
      "SELECT EXISTS (SELECT FROM directory.organization_home h WHERE h.region_id = \(id.uuid))"
    ).only().decode(Bool.self)
  }

  private static func regions(_ rows: PostgresRows) throws -> [Region] {
    try rows.decode(
      (UUID, Int16, String, String, String, String, String, Bool, String, Bool, Bool, String, Int16?, Int16?).self
    ).map { row in
      guard let number = RegionNumber(Int(row.1)), let category = RegionCategory(rawValue: row.4),
        let tier = ResidencyTier(rawValue: row.5), let state = State(rawValue: row.8),
        let gateway = GatewayPolicy(rawValue: row.11)
      else { throw PostgresError(code: .decoding, message: "a region's row is not of this version") }
      return Region(
        id: RegionID(row.0), number: number, name: try RegionName(row.2), locality: row.3, category: category,
        tier: tier, url: row.6, requiresApproval: row.7, state: state, isVisible: row.9, acceptsOrganizations: row.10,
        gateway: gateway, protocolMinimum: row.12.map { Int($0) }, protocolMaximum: row.13.map { Int($0) })
    }
  }
}
