import Outbox
import Postgres
import Testing

@testable import atoll

/// `make soak`: processes are killed by chance until there were so many.
@Suite("Kills by chance", .serialized, .enabled(if: SoakRequest.kills != nil, "runs in `make soak` only"))
struct KillSoakTests {
  @Test("nothing is lost, duplicated or reordered")
  func kills() async throws {
    let wanted = SoakRequest.kills ?? 0
    Console.note("soak: kills: \(wanted) by chance, again with ATOLL_SEED=\(SoakRequest.seed)")
    try await Islands.run(regions: ["eu"]) { islands in
      var killer = Killer(islands)
      var campaign = try await SoakCampaign.begin(islands)
      // About three kills in two strikes.
      let share = max(200, SoakRequest.effects * 3 / (2 * wanted))
      var told = 0
      while killer.kills < wanted {
        try await campaign.round(share) {
          try await killer.strike()
        } mend: {
          try await killer.mend()
        }
        guard killer.kills / 25 > told else { continue }
        told = killer.kills / 25
        Console.note("soak: kills: \(killer.kills) of \(wanted), \(campaign.effects) effects checked")
      }
      let seen = try await campaign.finish(SoakRequest.effects)
      Console.note(
        """
        soak: kills: done: \(killer.kills) processes killed (\(killer.atFaultPoints) at a fault point), \
        \(killer.databases) databases crashed; \(seen)
        """)
    }
  }

  /// Decides by chance who dies and when.
  private struct Killer {
    /// Until a strike falls into the load, in milliseconds at most.
    private static let longestLull = 400
    /// Many points are passed a moment after what leads to them was answered.
    private static let untilItStrikes = Duration.milliseconds(800)

    let islands: Islands
    private(set) var kills = 0
    private(set) var atFaultPoints = 0
    private(set) var databases = 0
    private var armed: SiloFolder?
    private var chance = Chance(seed: SoakRequest.seed)

    init(_ islands: Islands) { self.islands = islands }

    /// Crashes a database, kills one process or both at once, or lets one die at a fault point.
    mutating func strike() async throws -> String {
      try await ContinuousClock().sleep(for: .milliseconds(chance.next(below: Self.longestLull)))
      let folders = islands.layout.folders
      let folder = folders[chance.next(below: folders.count)]
      armed = nil
      switch chance.next(below: 20) {
      case 0..<2:
        databases += 1
        await islands.archipelago.server(of: folder)?.crash()
        try await islands.archipelago.startDatabase(folder)
        return "the database of \(folder.name) crashed"
      case 2..<7:
        await kill(folder)
        return "\(folder.name) was killed"
      case 7..<9:
        for folder in folders { await kill(folder) }
        return "both were killed"
      default: return try await arm(folder)
      }
    }

    /// A process is killed and comes back with a fault point that kills it again.
    private mutating func arm(_ folder: SiloFolder) async throws -> String {
      // No application listens here.
      let points = FaultPoint.allCases.filter { $0.isPassed(in: folder) && !$0.rawValue.hasPrefix("webhook.") }
      let point = points[chance.next(below: points.count)]
      let passage = 1 + chance.next(below: 3)
      kills += 1
      try await islands.arm(folder, fault: "\(point.rawValue):kill:\(passage)")
      armed = folder
      if point.rawValue.hasPrefix("snapshot.") { try await islands.startOver() }
      return "\(point.rawValue), passage \(passage), in \(folder.name)"
    }

    /// Kills who may still die of an armed fault, and starts what is not there.
    mutating func mend() async throws {
      if let armed {
        if await islands.hasDied(armed, within: Self.untilItStrikes) {
          atFaultPoints += 1
          kills += 1
        } else {
          await kill(armed)
        }
      }
      let archipelago = islands.archipelago
      try await withThrowingTaskGroup { group in
        for folder in islands.layout.folders where archipelago.process(of: folder)?.end != nil {
          group.addTask { try await archipelago.start(folder) }
        }
        try await group.waitForAll()
      }
    }

    private mutating func kill(_ folder: SiloFolder) async {
      guard let process = islands.archipelago.process(of: folder), process.end == nil else { return }
      await process.crash()
      kills += 1
    }
  }
}
