import Outbox
import Postgres
import SyncProtocol
import Synchronization
import Testing

/// A sequencer that listens, what it is told about, and a client that commits beside it.
struct DoorbellListener {
  static let limit = Duration.seconds(60)
  /// So slow that only a doorbell can be the reason when something is found.
  static let slow = SequencerPace(idlePoll: 50, heartbeat: 3_600_000, listeningPoll: 3_600_000)
  private static let pace = DecodingDoorbell.Pace(firstRetry: 20, lastRetry: 100, status: .milliseconds(100))

  /// What an observer was told, in order.
  private final class Told: Sendable {
    let listens = Mutex<[Bool]>([])
  }

  let pair: Pair
  let decoding: DecodingDoorbell
  let changed = Doorbell()
  let sequencer: Sequencer
  private let told = Told()

  init(_ pair: Pair, pace: SequencerPace = DoorbellListener.slow) {
    self.pair = pair
    let (changed, told) = (changed, told)
    let observer = OutboxObserver { event in
      guard case .listening(let listens) = event else { return }
      told.listens.withLock { $0.append(listens) }
      changed.ring()
    }
    decoding = DecodingDoorbell(
      client: pair.source, doorbell: pair.doorbell, pace: Self.pace, observer: observer, logger: pair.logger)
    sequencer = Sequencer(
      client: pair.source, registry: pair.sources, doorbell: pair.doorbell, head: pair.head, pace: pace,
      decoding: decoding, logger: pair.logger)
  }

  /// The values that the gauge `atoll_doorbell_listening` had, in order.
  var observed: [Bool] { told.listens.withLock { $0 } }

  func running(_ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [sequencer] in try await sequencer.run() }
      try await body()
      group.cancelAll()
    }
  }

  /// Waits until it listens, or does not.
  func until(_ listens: Bool) async {
    await until("listening: \(listens)") { ($0 == .listening) == listens }
  }

  /// Waits until its state is what is wanted.
  func until(_ what: String, _ isWanted: (DecodingDoorbell.State) -> Bool) async {
    let end = ContinuousClock.now.advanced(by: Self.limit)
    while ContinuousClock.now < end {
      let rings = changed.rings
      if isWanted(decoding.state) { return }
      _ = await changed.wait(beyond: rings, limit: .milliseconds(100))
    }
    Issue.record("\(what): it is \(decoding.state)")
  }

  /// Commits a change and waits until it has a position.
  func change() async throws {
    let before = try await head()
    try await pair.source.execute("INSERT INTO app.item (id) VALUES (gen_random_uuid())")
    let end = ContinuousClock.now.advanced(by: Self.limit)
    while ContinuousClock.now < end {
      let rings = pair.head.rings
      if try await head() > before { return }
      _ = await pair.head.wait(beyond: rings, limit: .milliseconds(500))
    }
    Issue.record("the change was not sequenced; it is \(decoding.state)")
  }

  private func head() async throws -> Int64 {
    try await pair.source.query("SELECT head FROM outbox.sequencer").only().decode(Int64.self)
  }
}
