internal import Outbox
internal import Postgres
internal import Silo
internal import SyncProtocol

/// Where logs stand, as this region's database knows.
enum LogPositionStore {
  /// The region's own log; nil until its first sequencer has begun it.
  static func own(on connection: RegionConnection) async throws -> LogDescription? {
    try await LogStateStore.read(on: connection.connection).map { LogDescription(epoch: $0.epoch, head: $0.head) }
  }

  /// The highest epoch ordinal of a peer's log that was ever applied here; 0 for none.
  static func highestEpoch(of stream: SiloNumber, on connection: RegionConnection) async throws -> Int32 {
    try await connection.query(
      "SELECT coalesce(max(epoch), 0) FROM outbox.cursor WHERE stream = \(Int16(stream.value))"
    ).only().decode(Int32.self)
  }
}
