package import Outbox
package import Silo
internal import Synchronization

/// The region's site as control told it, looked up now and then.
package final class RegionSites: Sendable {
  /// How long an answer of the database is used: an operator changes the URL about never.
  private static let rest = Duration.seconds(2)

  private let region: RegionName
  private let known = Mutex<(site: RegionSite?, at: ContinuousClock.Instant)?>(nil)

  package init(region: RegionName) { self.region = region }

  /// Nil before control's description of this region has arrived.
  package func site(on connection: RegionConnection) async throws -> RegionSite? {
    if let recent { return recent.site }
    let site = try await LoginStore.url(of: region, on: connection).flatMap { RegionSite(url: $0, name: region.text) }
    known.withLock { $0 = (site, .now) }
    return site
  }

  /// As ``site(on:)``, with a connection only when one is needed.
  package func site(in database: SiloDatabase<RegionSilo>) async throws -> RegionSite? {
    if let recent { return recent.site }
    return try await database.withConnection { try await site(on: $0) }
  }

  private var recent: (site: RegionSite?, Void)? {
    known.withLock { known in
      guard let known, known.site != nil, .now - known.at < Self.rest else { return nil }
      return (known.site, ())
    }
  }
}
