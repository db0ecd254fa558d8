import FoundationEssentials
import Outbox
import Postgres
import Testing

@testable import atoll

/// What `make soak` asks for.
enum SoakRequest {
  static let seconds = ProcessInfo.processInfo.environment["ATOLL_SOAK_SECONDS"].flatMap(Int.init)
  static let seed =
    ProcessInfo.processInfo.environment["ATOLL_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999)
}

/// `make soak`: kills by chance for as long as asked, over one archipelago that is never cleaned in between.
@Suite("Kills by chance", .serialized, .enabled(if: SoakRequest.seconds != nil, "runs in `make soak` only"))
struct KillSoakTests {
  /// Projects that one statement of the application writes in a round.
  private static let burst = 400

  @Test("nothing is lost, duplicated or reordered")
  func kills() async throws {
    Console.note("soak: kills by chance, again with ATOLL_SEED=\(SoakRequest.seed)")
    var chance = Chance(state: SoakRequest.seed)
    var counts = Counts()
    let end = ContinuousClock.now + .seconds(SoakRequest.seconds ?? 0)
    try await Islands.run(regions: ["eu"]) { islands in
      let owner = try await Person.signUp(islands)
      var history = History(organization: try await owner.createOrganization(region: "eu"))
      while ContinuousClock.now < end {
        let place = try await Self.strike(islands, &chance, &counts)
        await history.work(as: owner, islands)
        await history.burst(of: Self.burst, islands)
        try await Self.restore(islands, counts.armed)
        try await history.check(islands, after: "\(place), strike \(counts.strikes) of seed \(SoakRequest.seed)")
      }
      try await history.expectNothingQuarantined(islands)
      Console.note(
        "soak: \(counts.kills) kills and \(counts.databases) crashed databases, \(history.projects.count) projects: nothing lost"
      )
    }
  }

  private struct Counts {
    var kills = 0
    var databases = 0
    var armed: SiloFolder?
    var strikes: Int { kills + databases }
  }

  /// Arms a fault point, kills a process at once, or crashes a database.
  private static func strike(_ islands: Islands, _ chance: inout Chance, _ counts: inout Counts) async throws -> String
  {
    let folder = islands.layout.folders[chance.next(below: islands.layout.folders.count)]
    counts.armed = nil
    switch chance.next(below: 4) {
    case 0:
      counts.databases += 1
      await islands.archipelago.server(of: folder)?.crash()
      try await islands.archipelago.startDatabase(folder)
      return "the database of \(folder.name) crashed"
    case 1:
      counts.kills += 1
      try await islands.crashAndRestart(folder)
      return "\(folder.name) was killed"
    default:
      counts.kills += 1
      let point = FaultPoint.allCases[chance.next(below: FaultPoint.allCases.count)]
      let passage = 1 + chance.next(below: 4)
      counts.armed = folder
      try await islands.arm(folder, fault: "\(point.rawValue):kill:\(passage)")
      return "\(point.rawValue), passage \(passage), in \(folder.name)"
    }
  }

  /// Starts again what has died, and what may still die of an armed fault.
  private static func restore(_ islands: Islands, _ armed: SiloFolder?) async throws {
    if let armed { try await islands.crashAndRestart(armed) }
    for folder in islands.layout.folders where islands.archipelago.process(of: folder)?.end != nil {
      try await islands.archipelago.start(folder)
    }
  }

  /// SplitMix64.
  private struct Chance {
    var state: UInt64

    mutating func next(below bound: Int) -> Int {
      state = state &+ 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((word ^ (word >> 31)) % UInt64(max(1, bound)))
    }
  }
}
