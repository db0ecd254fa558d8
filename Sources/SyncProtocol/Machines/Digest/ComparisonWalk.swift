/// Where a comparison stands. Kept between questions, so that any process of a silo can go on.
package struct ComparisonWalk: Sendable, Hashable {
  /// Repaired rows that are looked at again, and how often.
  static let maximumUnverified = 1000
  static let maximumRounds = 12

  package enum Phase: String, Sendable, Hashable {
    case idle, finished
    /// This side's range, the peer's, this side's again because the peer's was shorter.
    case measuring, matching, rematching
    case listing, listingPeer
    case reading, readingHolder, rereading, pausing
    case mendingHolder, mendingOwner
    /// Between rounds of looking again.
    case verifying
  }

  /// Why rows are read in detail.
  package enum Purpose: String, Sendable, Hashable { case ranges, known, verifying }

  /// A row of the plan's kind number `index`.
  package struct Place: Sendable, Hashable {
    package let index: Int
    package let key: RowKey
  }

  package var phase = Phase.idle
  package var purpose = Purpose.ranges
  package var index = 0
  package var number = 0
  package var side = ComparisonMachine.Side.local
  package var asked: CompareQuestion.Body?
  package var after: RowKey?
  package var through: RowKey?
  package var range: RangeReading?
  package var keys: [RowKey] = []
  package var rest: [RowKey] = []
  package var attempt = 0
  package var first: OwnerReading?
  package var held: HolderReading?
  package var mends: [CompareQuestion.Mend] = []
  /// Rows of the kind under way that were found to differ.
  package var found: [RowKey] = []
  package var unverified: [Place] = []
  package var queue: [Place] = []
  package var round = 0
  package var compared: Int64 = 0
  package var suspected = 0
  package var divergences = 0

  package init() {}
}
