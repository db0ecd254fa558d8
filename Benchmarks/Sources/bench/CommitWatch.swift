import Postgres

/// Hears of the rows that are inserted into published tables when their transaction is durable: the server decodes what it has flushed.
///
/// Nothing is asked for again and again, so it costs next to nothing while it waits, and disturbs what is measured as little on either side.
struct CommitWatch {
  private let configuration: PostgresConfiguration
  private let publication: String

  /// - Parameter configuration: of a role that may replicate.
  init(_ configuration: PostgresConfiguration, publication: String) {
    self.configuration = configuration
    self.publication = publication
  }

  /// A row of a durable transaction.
  struct Row {
    /// The columns' texts.
    let values: [String?]
    /// When its COMMIT began, in seconds since 1970 by the server's clock.
    let committed: Double
    /// When it was heard to be durable.
    let moment: ContinuousClock.Instant
  }

  /// Calls `row` for each row that is inserted or updated, in order, until it returns false.
  ///
  /// - Parameter began: called when everything that commits from now on will be heard.
  func follow(
    within limit: Duration, began: () -> Void, row: (Row) -> Bool
  ) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: limit)
    try await ReplicationConnection.with(configuration) { stream in
      try await stream.createTemporarySlot("bench_\(stream.serverProcessID)")
      try await stream.start(slot: "bench_\(stream.serverProcessID)", publication: publication)
      began()
      var rows: [[String?]] = []
      var end = WALPosition(rawValue: 0)
      var acknowledged = clock.now
      while clock.now < deadline {
        let message = try await stream.next(within: .seconds(1))
        let now = clock.now
        if let message { end = max(end, message.end) }
        if case .data(_, _, let payload)? = message {
          switch payload.first {
          case UInt8(ascii: "I"), UInt8(ascii: "U"): rows.append(Self.newValues(payload))
          case UInt8(ascii: "C"):
            let committed = Self.commitTime(payload)
            for values in rows {
              guard row(Row(values: values, committed: committed, moment: now)) else { return }
            }
            rows = []
          default: break
          }
        }
        guard acknowledged.duration(to: now) > .seconds(1) else { continue }
        try await stream.acknowledge(end)
        acknowledged = now
      }
      throw BenchError("what was committed is not heard of")
    }
  }

  /// Behind flags and two positions: microseconds since 2000.
  private static func commitTime(_ payload: [UInt8]) -> Double {
    guard payload.count >= 26 else { return 0 }
    return Double(payload[18..<26].reduce(Int64(0)) { $0 << 8 | Int64($1) }) / 1e6 + 946_684_800
  }

  /// The new row of an insert or update in `pgoutput`'s protocol 1: the tuple behind the byte `N`. Old keys of updates are not published here.
  private static func newValues(_ payload: [UInt8]) -> [String?] {
    guard payload.count > 8, payload[5] == UInt8(ascii: "N") else { return [] }
    var index = 8
    var values: [String?] = []
    while index < payload.count {
      guard payload[index] == UInt8(ascii: "t"), index + 5 <= payload.count else {
        values.append(nil)
        index += 1
        continue
      }
      let length = payload[index + 1..<index + 5].reduce(0) { $0 << 8 | Int($1) }
      let start = index + 5
      values.append(String(decoding: payload[start..<min(start + length, payload.count)], as: UTF8.self))
      index = start + length
    }
    return values
  }
}
