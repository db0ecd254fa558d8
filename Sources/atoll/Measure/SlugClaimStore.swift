import ControlPlane
import FoundationEssentials
import Outbox
import Postgres
import Silo

/// Claims of slugs against bare inserts into a unique index, at the same concurrency on the same server.
struct SlugClaimStore {
  let database: SiloDatabase<ControlSilo>
  static let clients = 50
  private static let claims = 40
  private static let rounds = 3

  struct Outcome: Sendable {
    let claims: Double
    let inserts: Double
  }

  /// Rates a second, the median of the rounds.
  func run() async throws -> Outcome {
    var rates: (claims: [Double], inserts: [Double]) = ([], [])
    for round in 0..<Self.rounds {
      let organizations = try await prepare(round)
      rates.inserts.append(
        try await rate { client, number in
          _ = try await database.withTransaction { control in
            try await control.execute(
              """
              INSERT INTO public.measured (slug, organization_id)
              VALUES (\("bare-\(round)-\(client)-\(number)"), \(organizations[client * Self.claims + number]))
              """)
          }
        })
      rates.claims.append(
        try await rate { client, number in
          let slug = try OrganizationSlug("claim-\(round)-\(client)-\(number)")
          let organization = OrganizationID(organizations[client * Self.claims + number])
          _ = try await database.withTransaction { control in
            try await SlugStore.claim(slug, for: organization, now: Date(), on: control)
          }
        })
    }
    return Outcome(claims: rates.claims.sorted()[Self.rounds / 2], inserts: rates.inserts.sorted()[Self.rounds / 2])
  }

  /// Organizations without slugs.
  private func prepare(_ round: Int) async throws -> [UUID] {
    try await database.withTransaction { control in
      try await control.execute(
        "CREATE TABLE IF NOT EXISTS public.measured (slug text PRIMARY KEY, organization_id uuid NOT NULL)")
      try await control.execute("INSERT INTO control.locality (name) VALUES ('eu') ON CONFLICT DO NOTHING")
      try await control.execute(
        """
        INSERT INTO control.region (id, name, locality, category, residency_tier, url, requires_approval, state)
        VALUES (gen_random_uuid(), 'eu', 'eu', 'multi_tenant', 'full', 'https://eu.example.com', false, 'active')
        ON CONFLICT DO NOTHING
        """)
      return try await control.query(
        """
        INSERT INTO directory.organization_home (id, slug, name, region_id, region_number, state, creator_grant_id)
        SELECT gen_random_uuid(), 'home-' || \(Int64(round)) || '-' || n, 'Measured', r.id, r.number, 'active', gen_random_uuid()
        FROM control.region r, generate_series(1, \(Int64(Self.clients * Self.claims))) AS n RETURNING id
        """
      ).decode(UUID.self)
    }
  }

  private func rate(_ body: @escaping @Sendable (_ client: Int, _ number: Int) async throws -> Void) async throws
    -> Double
  {
    let began = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<Self.clients {
        group.addTask { for number in 0..<Self.claims { try await body(client, number) } }
      }
      try await group.waitForAll()
    }
    let time = ContinuousClock.now - began
    return Double(Self.clients * Self.claims)
      / (Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18)
  }
}
