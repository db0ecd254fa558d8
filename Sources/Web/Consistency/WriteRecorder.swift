internal import Synchronization

/// Keeps what a request committed, so that its answer can carry a token for it. Stores note here; who answers requests looks.
package final class WriteRecorder: Sendable {
  /// The recorder of the request under way; nil where nobody is answered, such as in background work.
  @TaskLocal package static var current: WriteRecorder?

  /// What was committed while a request was answered.
  package enum Written: Sendable, Hashable {
    /// A transaction of this silo's database.
    case transaction(UInt64)
    /// Something that somebody else committed, such as the application behind a region, before it answered.
    case outside
  }

  private let latest = Mutex<Written?>(nil)

  package init() {}

  package var written: Written? { latest.withLock { $0 } }

  /// Notes a committed transaction. Of several the last counts: whoever sees it sees all that had committed before it.
  package func note(_ transaction: UInt64) {
    latest.withLock { if $0 != .outside { $0 = .transaction(transaction) } }
  }

  /// Notes that somebody else has committed something.
  package func noteOutside() { latest.withLock { $0 = .outside } }
}
