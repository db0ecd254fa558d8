public import Postgres
public import SyncProtocol

/// How far a snapshot is, for people who wait for it.
public struct SnapshotProgress: Sendable, Hashable {
  /// Whose rows.
  public let stream: SiloNumber
  /// The kind that moved last; nil before the first chunk.
  public let kind: String?
  public let rows: Int64
  /// The sender's estimate of all rows; nil until it said so. ``rows`` may pass it.
  public let expected: Int64?
  /// Rows per second of the last chunks; 0 before the second.
  public let rate: Double
  /// Since the first chunk.
  public let seconds: Double
  /// Since the last chunk.
  public let idleSeconds: Double

  public init(
    stream: SiloNumber, kind: String?, rows: Int64, expected: Int64?, rate: Double, seconds: Double,
    idleSeconds: Double
  ) {
    self.stream = stream
    self.kind = kind
    self.rows = rows
    self.expected = expected
    self.rate = rate
    self.seconds = seconds
    self.idleSeconds = idleSeconds
  }

  /// Done in hundredths, at most 99 as long as it is under way; nil while nobody knows how much there is.
  public var percent: Int64? {
    guard let expected, expected > 0 else { return nil }
    return min(99, rows.multipliedReportingOverflow(by: 100).partialValue / expected)
  }

  /// As it stands in status documents.
  public var json: JSONValue {
    [
      "kind": kind.map { .string($0) } ?? .null, "rows": .integer(rows),
      "expected": expected.map { .integer($0) } ?? .null,
      "percent": percent.map { .integer($0) } ?? .null, "rows_per_second": Self.whole(rate),
      "seconds": Self.whole(seconds),
      "idle_seconds": Self.whole(idleSeconds), "seconds_left": secondsLeft.map(Self.whole) ?? .null,
    ]
  }

  /// Rounded up: our JSON has no fractions.
  private static func whole(_ value: Double) -> JSONValue {
    value.isFinite && value < 1e15 ? .integer(Int64(max(0, value).rounded(.up))) : .null
  }

  /// Seconds that are left at the present rate; nil while that says nothing.
  public var secondsLeft: Double? {
    guard let expected, rate > 0 else { return nil }
    return Double(max(0, expected - rows)) / rate
  }

  /// The snapshot of `stream` that this silo takes; nil when none is under way.
  public static func read(of stream: SiloNumber, on client: PostgresClient) async throws -> SnapshotProgress? {
    try await client.withConnection { try await all(on: $0).first { $0.stream == stream } }
  }

  /// Every snapshot that this silo takes, ascending by stream.
  public static func all(on connection: PostgresConnection) async throws -> [SnapshotProgress] {
    try await SnapshotProgressStore.taking(on: connection)
  }
}
