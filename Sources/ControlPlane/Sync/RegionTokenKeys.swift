internal import Outbox
internal import Silo
internal import Synchronization
internal import SyncProtocol
internal import Web

/// Tells tokens of regions from made-up ones. Nobody has said yet who asks, so what a stranger makes up is found out in memory; the database is asked about
/// what a region's key has signed, whether that key was taken back since.
final class RegionTokenKeys: Sendable {
  typealias Keys = [RegionNumber: [KnownKey]]

  /// Readings of all keys that tokens of unknown keys may cause: so many a second, and so many at once after a quiet time.
  static let readings = (rate: 1.0, burst: 5.0)

  private let all: SharedReading<Keys>
  private let read: @Sendable (RegionNumber) async throws -> [KnownKey]
  private let seconds: @Sendable () -> Int64
  private let budget = RequestRates(rate: readings.rate, burst: readings.burst, maximum: 1)
  /// As they were read last; nil before the first time.
  private let known = Mutex<Keys?>(nil)
  /// One reading at a time for each region that has signed something.
  private let current = Mutex<[RegionNumber: SharedReading<[KnownKey]>]>([:])

  /// - Parameters:
  ///   - all: reads the stream keys of every region.
  ///   - one: reads those of one.
  ///   - seconds: since anything.
  init(
    all: @escaping @Sendable () async throws -> Keys,
    one: @escaping @Sendable (RegionNumber) async throws -> [KnownKey], seconds: @escaping @Sendable () -> Int64
  ) {
    self.all = SharedReading(all)
    read = one
    self.seconds = seconds
  }

  convenience init(environment: ControlEnvironment) {
    let database = environment.database
    self.init(
      all: { try await database.withConnection { try await RegionKeyStore.usable(purpose: .stream, on: $0) } },
      one: { number in
        try await database.withConnection { try await RegionKeyStore.usable(number, purpose: .stream, on: $0) }
      },
      seconds: { environment.seconds })
  }

  /// Whether a key that the region has now made the token.
  ///
  /// - Throws: ``Problem`` 503 while no keys could be read; errors of the database.
  func isGenuine(_ token: SyncToken) async throws -> Bool {
    guard let number = RegionNumber(Int(token.position.stream.value)) else { return false }
    let known = known.withLock { $0 }
    if let keys = known?[number], token.isValid(by: keys) {
      return token.isValid(by: try await reading(of: number).value())
    }
    guard budget.take("all", now: Double(seconds())) else {
      guard known != nil else { throw Problem.unavailable("The keys of regions are not here yet.", retryAfter: 1) }
      return false
    }
    let fresh = try await all.value()
    self.known.withLock { $0 = fresh }
    return token.isValid(by: fresh[number] ?? [])
  }

  private func reading(of number: RegionNumber) -> SharedReading<[KnownKey]> {
    current.withLock { current in
      if let reading = current[number] { return reading }
      let reading = SharedReading { [read] in try await read(number) }
      current[number] = reading
      return reading
    }
  }
}
