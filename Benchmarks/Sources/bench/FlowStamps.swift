import Outbox
import Synchronization

/// When the stations of a change's way were passed, by one monotonic clock. Taken in the bench, not in the code under test.
final class FlowStamps: Sendable {
  enum Station: Int, CaseIterable, Sendable {
    /// The tick that sequenced it is committed.
    case ticked
    /// The sender has read its rows.
    case read
    /// Sealed, opened and checked.
    case opened
  }

  private let moments = Mutex<[Station: [ContinuousClock.Instant]]>([:])

  func note(_ station: Station) {
    let now = ContinuousClock.now
    moments.withLock { $0[station, default: []].append(now) }
  }

  func clear() { moments.withLock { $0 = [:] } }

  /// Notes ticks where they happen: a task that waited for them would be woken at the very moment that is measured.
  var observer: OutboxObserver {
    OutboxObserver { event in
      if case .ticked(_, entries: 1..., _) = event { self.note(.ticked) }
    }
  }

  /// The medians of the legs in microseconds, from the return of each commit to the next passing of each station.
  func legs(from sent: [ContinuousClock.Instant], to seen: [ContinuousClock.Instant]) -> [(
    name: String, microseconds: Double
  )] {
    let moments = moments.withLock { $0 }
    var legs: [Station: [Double]] = [:]
    var last: [Double] = []
    for (start, end) in zip(sent, seen) {
      var moment = start
      for station in Station.allCases {
        guard let next = Self.first(in: moments[station] ?? [], from: moment), next <= end else { continue }
        legs[station, default: []].append(moment.duration(to: next).inSeconds * 1e6)
        moment = next
      }
      last.append(moment.duration(to: end).inSeconds * 1e6)
    }
    let names: [Station: String] = [
      .ticked: "commit -> tick committed (wake-up, open, write, COMMIT)",
      .read: "tick committed -> rows read (wake, snapshot)",
      .opened: "rows read -> sealed and opened",
    ]
    return Station.allCases.map { (names[$0] ?? "", legs[$0]?.median ?? 0) } + [
      ("opened -> heard to be durable (one transaction)", last.median)
    ]
  }

  /// The first of ascending moments that is not before `start`.
  private static func first(
    in moments: [ContinuousClock.Instant], from start: ContinuousClock.Instant
  ) -> ContinuousClock.Instant? {
    var low = 0
    var high = moments.count
    while low < high {
      let middle = (low + high) / 2
      if moments[middle] < start { low = middle + 1 } else { high = middle }
    }
    return low < moments.count ? moments[low] : nil
  }
}
