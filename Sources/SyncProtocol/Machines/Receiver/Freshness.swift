/// How old a receiver's knowledge of a stream is. Counts by the receiver's monotonic clock and by differences of the source's own clock;
/// no two clocks are ever compared.
public struct Freshness: Sendable, Hashable {
  /// Monotonic milliseconds: whatever had committed at the source at this moment was applied here. Nil: nothing is known.
  public private(set) var knownAt: Int64?

  public init() {}

  /// Counts an answer of the priority lane whose batch has been applied and reached the end of a complete log.
  /// - Parameters:
  ///   - sentAt: monotonic milliseconds when the request was *sent*.
  ///   - held: milliseconds that the source says it held the request: at the read at least so long had passed.
  ///   - age: milliseconds between the source's `completeAsOf` and the read.
  public mutating func count(sentAt: Int64, held: Int64, age: Int64, answeredAt: Int64) {
    // More hold than the whole exchange took cannot be: the source's word must not make knowledge fresher than possible.
    let moment = min(sentAt + max(0, held), answeredAt) - max(0, age)
    knownAt = max(knownAt ?? moment, moment)
  }

  /// Milliseconds since the knowledge was current.
  public func staleness(now: Int64) -> Int64? { knownAt.map { max(0, now - $0) } }
}
