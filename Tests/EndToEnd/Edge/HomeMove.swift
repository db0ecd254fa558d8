import Postgres

@testable import atoll

/// The move of an organization's home from region eu to us, as the directory's rows and the regions' own say it: the old region lets go, then the new one takes it. What it holds
/// does not move along.
struct HomeMove {
  let islands: Islands
  let person: Person
  let organization: Person.Organization

  private var id: String { organization.id }

  /// Control names the new home, with the next generation; eu hears that it has the organization no longer.
  func leave() async throws {
    try await islands.withDatabase(of: islands.control) { client in
      try await client.withTransaction { control in
        try await control.execute(
          """
          UPDATE directory.organization_home AS h
          SET region_number = r.number, region_id = r.id, generation = h.generation + 1, state = 'provisioning'
          FROM control.region AS r WHERE r.name = 'us' AND h.id = \(id)::text::uuid
          """)
        _ = try await control.query(
          """
          SELECT directory.leave(r.number, 'organization', \(id)::text::uuid),
            directory.leave(r.number, 'user', \(person.id)::text::uuid)
          FROM control.region AS r WHERE r.name = 'eu'
          """)
      }
    }
    let eu = try islands.region("eu")
    try await eventually("eu has let go of \(organization.slug)") {
      try await islands.count(
        in: eu, "SELECT count(*) FROM replica.organization_home WHERE id = \(id)::text::uuid") == 0
    }
  }

  /// The new region may have it, and takes it over.
  func enter() async throws {
    try await islands.withDatabase(of: islands.control) { client in
      _ = try await client.query(
        """
        SELECT directory.enter(r.number, 'organization', \(id)::text::uuid),
          directory.enter(r.number, 'user', \(person.id)::text::uuid)
        FROM control.region AS r WHERE r.name = 'us'
        """)
    }
    let client = try await person.enter(organization)
    guard client.base == islands.layout.url(of: try islands.region("us")) else {
      throw Islands.MissingRegion(name: "us")
    }
  }

  /// Teams of the organization in a region's own rows, by their slugs.
  func teams(in region: String) async throws -> [String] {
    try await islands.withDatabase(of: try islands.region(region)) { client in
      try await client.query(
        "SELECT slug FROM region.team WHERE organization_id = \(id)::text::uuid ORDER BY slug"
      ).decode(String.self)
    }
  }
}
