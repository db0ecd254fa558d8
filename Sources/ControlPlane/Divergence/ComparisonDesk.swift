internal import Silo
internal import Synchronization

/// The regions whose agents are to come and answer questions, as this process last read them: says so in their pulls without asking the database.
package final class ComparisonDesk: Sendable {
  private let due = Mutex<Set<RegionNumber>>([])

  package init() {}

  func hasQuestions(for region: RegionNumber) -> Bool { due.withLock { $0.contains(region) } }

  func set(_ regions: [RegionNumber]) { due.withLock { $0 = Set(regions) } }
}
