import Foundation
import SyncProtocol
import Testing

@Suite("The protocol under simulated faults")
struct CampaignTests {
  /// What a campaign must have seen at least once, or it proves less than it says.
  static let expected: [String] = [
    "adversary claimed strangers as members", "adversary forged a cursor", "adversary spliced a batch",
    "altered answer refused", "answer held", "answer to a forgotten bulk request refused", "apply outcome unknown",
    "backlog worked off as a cut", "control restored", "cursor moved by another process", "database crashed",
    "epoch started after a restore", "epoch started because a peer proved another history", "exit finalized",
    "failover lost a suffix",
    "event arrived", "event came again and was known", "event forgotten by its source",
    "receiver told that it lost events", "event lost by a restore",
    "knowledge was fresh", "lane continued into a new epoch", "leader fenced out", "leader's session broken",
    "leadership taken over", "log pruned", "message cut off by a partition", "message duplicated", "message lost",
    "older rows swept", "pending table truncated", "process crashed", "process crashed inside a tick",
    "receiver started over", "receiver started over by pointers", "snapshot finished", "snapshot resumed after a crash",
    "snapshot told to wait", "chunk raced a remove", "chunk came after a newer row", "chunk swept rows",
    "sweep of a chunk cut short", "ended membership told by a chunk", "lane whole after its last chunk",
    "chunk outcome unknown", "altered chunk refused", "chunk of another request replayed", "adversary spliced a chunk",
    "chunk refused: notAsked", "chunk refused: wrongEpoch", "chunk refused: wrongRange",
    "chunk refused: its request is forgotten or does not continue",
    "region restored", "repair asked for", "replayed request refused",
    "replica was an exact cut", "restored twice", "row quarantined", "row touched twice in a transaction",
    "rows reported as not applicable", "sender outcome unknown", "sequencer outcome unknown", "storage full",
    "tombstone forgotten", "transaction carried in parts", "transaction gave up waiting",
    "transaction held for its end", "transaction rolled back after taking sequence values",
    "restore: adversary forged a receipt", "restore: claim of a slug parked", "restore: control restored",
    "restore: grants opened", "restore: receipts told something new", "restore: region released",
    "restore: released region came late", "restore: sessions ended", "restore: slug taken from a later claim",
    "transaction too big to stay together", "transaction waited for a row lock", "unproven cursor refused",
    "replica row flipped", "replica row deleted", "replica row invented", "version beyond the log",
    "correction refused as stale", "cursor passed over what does not concern it", "range cut at its limit",
    "verdict IN_FLIGHT", "verdict MISSING", "verdict EXTRA", "verdict NOT_ENTITLED", "verdict CONTENT",
    "verdict STALE_VERSION", "incident closed",
    "rollout halted by a refusal", "rollout halted by a failing region", "rollout halted by a restore",
    "batch cut by what its rows weigh", "receiver hurried", "held answer hurried", "own write seen",
    "rollout promoted", "rollout complete", "rollout taken back", "rollout superseded", "poison kept in its ring",
  ]

  @Test("every seed keeps every promise, twice the same, and the campaign has seen everything")
  func seeds() async {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["ATOLL_SEEDS"].flatMap { UInt64($0) } ?? 2000
    let started = ContinuousClock.now
    let result = await Campaign.run(1..<(count + 1))
    for failure in result.failures.sorted().prefix(10) { Issue.record("\(failure)") }
    if count >= 500 {
      let missing = Self.expected.filter { !result.marks.contains($0) }
      #expect(missing.isEmpty, "never seen: \(missing)")
    }
    let said = "seeds: done: \(result.seeds) seeds, each twice, \(result.failures.count) violations"
    print("\(environment["ATOLL_SEEDS"] == nil ? "simulation" : "soak"): \(said), in \(ContinuousClock.now - started)")
  }
}

@Suite("Replay of one seed")
struct ReplayTests {
  @Test(
    "the seed of ATOLL_SEED, with its story",
    .enabled(if: ProcessInfo.processInfo.environment["ATOLL_SEED"] != nil))
  func replay() {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["ATOLL_SEED"].flatMap { UInt64($0) } ?? 1
    let planted = environment["ATOLL_PLANTED"].flatMap { PlantedBug(rawValue: $0) }
    let world = SimWorld(.init(seed: seed, planted: planted, isVerbose: true))
    let hash = world.run()
    for line in world.trace.lines ?? [] { print(line) }
    print("seed \(seed) hash \(hash)")
    if let violation = world.violation { Issue.record("\(violation)") }
  }
}
