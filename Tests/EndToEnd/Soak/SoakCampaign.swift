import FoundationEssentials

@testable import atoll

/// Strikes on one archipelago that is never cleaned in between, each under load and followed by a check of what is new.
struct SoakCampaign: Sendable {
  let islands: Islands
  let owner: Person
  private var history: History
  private var load: EffectLoad
  private var watch: EffectWatch
  private var slowest = Duration.zero
  private let started = ContinuousClock.now
  private(set) var strikes = 0

  static func begin(_ islands: Islands) async throws -> SoakCampaign {
    let owner = try await Person.signUp(islands)
    let organization = try await owner.createOrganization(region: "eu")
    let tables = EffectTables.Way.allCases.map { EffectTables(way: $0, organization: organization.id, user: owner.id) }
    for tables in tables {
      try await islands.withDatabase(of: try tables.receiver(in: islands)) { try await tables.install(on: $0) }
    }
    return SoakCampaign(islands, owner, organization, tables)
  }

  private init(
    _ islands: Islands, _ owner: Person, _ organization: Person.Organization, _ tables: [EffectTables]
  ) {
    self.islands = islands
    self.owner = owner
    history = History(organization: organization)
    load = EffectLoad(tables: tables, seed: SoakRequest.seed)
    watch = EffectWatch(tables: tables)
  }

  /// Effects looked at so far.
  var effects: Int { watch.effects }

  /// One strike while both sides are written to, then what mends it, then the check.
  ///
  /// - Parameters:
  ///   - effects: about so many are caused meanwhile.
  ///   - strike: returns what it did.
  ///   - mend: lets everything run again; what is under way goes on.
  mutating func round(
    _ effects: Int, strike: () async throws -> String, mend: () async throws -> Void
  ) async throws {
    let began = ContinuousClock.now
    let (current, islands) = (load, islands)
    async let written = current.writing(effects, islands)
    let place = try await strike()
    strikes += 1
    let name = "\(place), strike \(strikes) of seed \(SoakRequest.seed)"
    History.note("strike \(strikes): \(place)", islands)
    await history.work(as: owner, islands)
    load = await written
    try await mend()
    try await check(after: name)
    let took = ContinuousClock.now - began
    History.note("strike \(strikes) is mended and checked after \(took)", islands)
    slowest = max(slowest, took)
  }

  /// Goes on without strikes until so many effects were looked at, then looks at all from the beginning. Returns what it saw, for people.
  mutating func finish(_ wanted: Int) async throws -> String {
    let struck = ContinuousClock.now - started
    while effects < wanted {
      load = await load.writing(500, islands)
      try await check(after: "the strikes")
    }
    try await watch.checkAll(load, islands)
    try await history.check(islands, after: "everything")
    try await history.expectNothingQuarantined(islands)
    let (lost, twice) = (watch.found(.lost) + watch.found(.phantom), watch.found(.duplicated))
    return
      "\(effects) effects checked: \(lost) lost, \(twice) duplicated, \(watch.found(.reordered)) reordered; \(strikes) strikes in "
      + "\(struck.components.seconds) s (the slowest \(slowest.components.seconds) s), \((ContinuousClock.now - started).components.seconds) s "
      + "in all; seed \(SoakRequest.seed)"
  }

  private mutating func check(after place: String) async throws {
    try await watch.check(&load, islands, after: place)
    try await history.check(islands, after: place)
  }
}
