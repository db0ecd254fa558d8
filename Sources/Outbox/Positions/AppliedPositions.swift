package import Postgres
internal import Synchronization
package import SyncProtocol

/// Waits until transactions of other silos are applied in this one, whichever of its processes applies them.
///
/// However many wait, the database is asked by one of them at a time for each log.
package final class AppliedPositions: Sendable {
  /// Between two looks: at first, and at most.
  private static let pauses = (first: Duration.milliseconds(10), longest: Duration.milliseconds(250))

  private let client: PostgresClient
  private let lanes: Set<Lane>
  private let applied: Doorbell
  private let hurry: @Sendable () -> Void
  private let readings = Mutex<[SiloNumber: SharedReading<[Lane: SyncPosition.Applied]>]>([:])

  /// - Parameters:
  ///   - registry: the lanes of its sinks have to reach a position; others bring nothing.
  ///   - applied: rung when this process applied something; who waits looks now and then as well.
  ///   - hurry: asks the source of the log for what it has, instead of waiting until it has something for this silo.
  package init(
    client: PostgresClient, registry: KindRegistry, applied: Doorbell, hurry: @escaping @Sendable () -> Void = {}
  ) {
    self.client = client
    lanes = Set(registry.sinks.values.map(\.declaration.lane))
    self.applied = applied
    self.hurry = hurry
  }

  /// Whether a position is applied now.
  package func isReached(_ position: SyncPosition) async throws -> Bool {
    let reading = readings.withLock { readings in
      if let known = readings[position.stream] { return known }
      let new = SharedReading { [client] in
        try await client.withConnection { try await SyncPositionStore.applied(position.stream, on: $0) }
      }
      readings[position.stream] = new
      return new
    }
    let applied = try await reading.value()
    return lanes.allSatisfy { lane in applied[lane].map { position.isReached(on: $0) } ?? false }
  }

  /// Waits for all positions, at most until `deadline`; false when one was not reached.
  package func wait(for positions: [SyncPosition], until deadline: ContinuousClock.Instant) async throws -> Bool {
    var pause = Self.pauses.first
    var open = positions
    while true {
      let rings = applied.rings
      var rest: [SyncPosition] = []
      for position in open where try await !isReached(position) { rest.append(position) }
      if rest.isEmpty { return true }
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return false }
      open = rest
      hurry()
      _ = await applied.wait(beyond: rings, limit: min(pause, left))
      try Task.checkCancellation()
      pause = min(pause * 2, Self.pauses.longest)
    }
  }
}
