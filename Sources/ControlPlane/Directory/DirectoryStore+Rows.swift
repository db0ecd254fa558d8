internal import FoundationEssentials
internal import Outbox
internal import Postgres
internal import Silo

extension DirectoryStore {
  private static let homes: SQL = """
    SELECT h.id, h.slug, h.region_number, h.generation, h.state FROM directory.organization_home AS h
    """
  private static let names: SQL = "SELECT s.slug, s.organization_id, s.state = 'resting' FROM directory.slug AS s"
  private static let owners: SQL = """
    SELECT o.public_key, o.organization_id, k.project_id, k.status = 'active'
    FROM directory.project_key_owner AS o
    JOIN directory.project_key AS k ON k.id = o.key_id AND k.public_key = o.public_key
    """

  // MARK: Pages

  static func organizations(
    after last: String?, on control: ControlConnection
  ) async throws -> (rows: DirectoryChanges, last: String?) {
    var changes = DirectoryChanges()
    let start = last ?? "00000000-0000-0000-0000-000000000000"
    let rows = try await control.query(
      "\(homes) WHERE h.id > \(start)::text::uuid ORDER BY h.id LIMIT \(page)")
    changes.organizations = try organizations(rows)
    let end = rows.count == page ? changes.organizations.last?.id.description : nil
    return (changes, end)
  }

  static func slugs(
    after last: String?, on control: ControlConnection
  ) async throws -> (rows: DirectoryChanges, last: String?) {
    var changes = DirectoryChanges()
    changes.slugs = try slugs(
      try await control.query("\(names) WHERE s.slug > \(last ?? "") ORDER BY s.slug LIMIT \(page)"))
    return (changes, changes.slugs.count == page ? changes.slugs.last?.text : nil)
  }

  /// The pages go by owned keys, so that one without a row does not end the reading.
  static func keys(
    after last: String?, on control: ControlConnection
  ) async throws -> (rows: DirectoryChanges, last: String?) {
    var changes = DirectoryChanges()
    let end = try await control.query(
      """
      SELECT max(p.public_key), count(*) FROM (
        SELECT o.public_key FROM directory.project_key_owner AS o WHERE o.public_key > \(last ?? "")
        ORDER BY o.public_key LIMIT \(page)) AS p
      """
    ).only().decode((String?, Int64).self)
    guard let through = end.0 else { return (changes, nil) }
    changes.keys = try keys(
      try await control.query(
        "\(owners) WHERE o.public_key > \(last ?? "") AND o.public_key <= \(through)"))
    return (changes, Int(end.1) == page ? through : nil)
  }

  // MARK: Rows by key

  static func organizations(
    _ ids: [String], into changes: inout DirectoryChanges, on control: ControlConnection
  ) async throws {
    for part in parts(ids) {
      let wanted = part.compactMap { OrganizationID($0) }
      let found = try organizations(try await control.query("\(homes) WHERE h.id = ANY(\(wanted.map(\.uuid)))"))
      changes.organizations += found
      let there = Set(found.map(\.id))
      changes.goneOrganizations += wanted.filter { !there.contains($0) }
    }
  }

  static func slugs(
    _ texts: [String], into changes: inout DirectoryChanges, on control: ControlConnection
  ) async throws {
    for part in parts(texts) {
      let found = try slugs(try await control.query("\(names) WHERE s.slug = ANY(\(part))"))
      changes.slugs += found
      let there = Set(found.map(\.text))
      changes.goneSlugs += part.filter { !there.contains($0) }
    }
  }

  static func projectKeys(
    _ publicKeys: [String], into changes: inout DirectoryChanges, on control: ControlConnection
  ) async throws {
    for part in parts(publicKeys) {
      let found = try keys(try await control.query("\(owners) WHERE o.public_key = ANY(\(part))"))
      changes.keys += found
      let there = Set(found.map(\.publicKey))
      changes.goneKeys += part.filter { !there.contains($0) }
    }
  }

  private static func parts(_ keys: [String]) -> [[String]] {
    stride(from: 0, to: keys.count, by: page).map { Array(keys[$0..<min(keys.count, $0 + page)]) }
  }

  // MARK: Decoding

  private static func organizations(_ rows: PostgresRows) throws -> [DirectoryChanges.Organization] {
    try rows.decode((UUID, String, Int16, Int64, String).self).map { row in
      guard let region = RegionNumber(Int(row.2)), let state = OrganizationHomeState(rawValue: row.4) else {
        throw PostgresError(code: .decoding, message: "a home's row is not of this version")
      }
      return DirectoryChanges.Organization(
        id: OrganizationID(row.0), slug: row.1, region: region, generation: row.3, state: state)
    }
  }

  private static func slugs(_ rows: PostgresRows) throws -> [DirectoryChanges.Slug] {
    try rows.decode((String, UUID, Bool).self).map { .init($0, of: OrganizationID($1), isAlias: $2) }
  }

  private static func keys(_ rows: PostgresRows) throws -> [DirectoryChanges.Key] {
    try rows.decode((String, UUID, UUID, Bool).self).map {
      .init($0, organization: OrganizationID($1), project: $2, isActive: $3)
    }
  }
}
