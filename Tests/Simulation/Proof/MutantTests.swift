import Foundation
import SyncProtocol
import Testing

@Suite("Planted bugs")
struct MutantTests {
  /// Seeds that a planted bug may survive before the campaign counts as blind to it.
  static let patience = ProcessInfo.processInfo.environment["ATOLL_PATIENCE"].flatMap { UInt64($0) } ?? 3000

  /// All of them, or the one that `ATOLL_PLANTED` names.
  static let bugs =
    ProcessInfo.processInfo.environment["ATOLL_PLANTED"].map { names in
      names.split(separator: ",").compactMap { PlantedBug(rawValue: String($0)) }
    } ?? PlantedBug.allCases

  @Test("the campaign finds each planted bug", arguments: bugs)
  func isFound(bug: PlantedBug) async {
    for seed in 1...Self.patience {
      if let violation = Campaign.run(seed, planted: bug, twice: false).violation {
        print("mutant \(bug.rawValue): found by seed \(seed): \(violation)")
        return
      }
    }
    Issue.record("\(bug.rawValue) survived \(Self.patience) seeds")
  }
}

@Suite("Failure of the n-th operation")
struct NthOperationTests {
  @Test("whichever storage operation has an unknown outcome, everything converges")
  func everyOperation() {
    for number in 1...150 {
      let world = SimWorld(.init(seed: 7, failingOperation: number * 3))
      _ = world.run()
      if let violation = world.violation { Issue.record("operation \(number * 3): \(violation)") }
    }
  }
}
