public import Logging
public import Postgres
internal import Synchronization
internal import SyncProtocol

/// Rings a ``Doorbell`` when a transaction with pointers commits, whoever wrote it and by whatever tool: it listens to the server's logical
/// decoding of `outbox.pending`.
///
/// Only a doorbell. A decoded commit may arrive before others see the rows, and the stream may be lost at any moment: what is sequenced is always
/// read from the table, and the poll goes on, at a slower pace. When decoding is not possible, or stops, the poll takes over again at its usual
/// pace; the reason is logged once and shown by ``state``, and listening is tried again with growing waits.
///
/// The slot is *temporary*: it ends with the connection, so a process that dies, or a failover, leaves nothing that holds the server's log back.
/// What committed while nobody listened needs no replay, because the table has it.
public final class DecodingDoorbell: Sendable {
  /// What it does now.
  public enum State: Sendable, Hashable {
    /// Nobody needs it: another process leads.
    case off
    case connecting
    case listening
    /// Only the poll finds new work, because of this.
    case polling(DecodingObstacle)
  }

  /// Its times.
  public struct Pace: Sendable, Hashable {
    /// Milliseconds to wait after a first failure, doubling from there.
    public var firstRetry: Int64
    /// Milliseconds between attempts at most.
    public var lastRetry: Int64
    /// Between answers to the server, which let it forget its log, and questions whether it is there.
    public var status: Duration
    /// A stream that has said nothing for so long is given up.
    public var silence: Duration

    public init(
      firstRetry: Int64 = 1000, lastRetry: Int64 = 60_000, status: Duration = .seconds(1),
      silence: Duration = .seconds(10)
    ) {
      self.firstRetry = firstRetry
      self.lastRetry = lastRetry
      self.status = status
      self.silence = silence
    }
  }

  private let client: PostgresClient
  private let doorbell: Doorbell
  private let pace: Pace
  private let observer: OutboxObserver
  private let logger: Logger
  private let current = Mutex(State.off)

  /// - Parameter client: its role needs the attribute REPLICATION. The stream has a connection of its own beside the pool.
  public init(
    client: PostgresClient, doorbell: Doorbell, pace: Pace = Pace(), observer: OutboxObserver = .none, logger: Logger
  ) {
    self.client = client
    self.doorbell = doorbell
    self.pace = pace
    self.observer = observer
    self.logger = logger
  }

  public var state: State { current.withLock { $0 } }
  var isListening: Bool { state == .listening }

  /// Listens until the task is cancelled, as long as `isNeeded` says so.
  func listen(while isNeeded: @Sendable () -> Bool) async {
    var backOff = BackOff(
      minimum: pace.firstRetry, maximum: pace.lastRetry, seed: UInt64.random(in: .min ... .max))
    while !Task.isCancelled {
      guard isNeeded() else {
        become(.off)
        await Suspension.sleep(until: .now.advanced(by: .milliseconds(pace.firstRetry)))
        continue
      }
      do {
        become(.connecting)
        if let obstacle = try await client.withConnection(DecodingStore.obstacle) {
          become(.polling(obstacle))
        } else {
          try await stream(isNeeded) { backOff.reset() }
          continue
        }
      } catch is CancellationError {
        break
      } catch {
        become(.polling(Self.obstacle(error)))
      }
      await Suspension.sleep(until: .now.advanced(by: .milliseconds(backOff.next())))
    }
    become(.off)
  }

  private func stream(_ isNeeded: @Sendable () -> Bool, began: () -> Void) async throws {
    try await ReplicationConnection.with(client.configuration) { connection in
      let slot = "atoll_doorbell_\(connection.serverProcessID)_\(UInt32.random(in: .min ... .max))"
      try await connection.createTemporarySlot(slot)
      try await connection.start(slot: slot, publication: DecodingStore.publication)
      become(.listening)
      began()
      try await ring(connection, isNeeded)
    }
  }

  private func ring(_ connection: ReplicationConnection, _ isNeeded: @Sendable () -> Bool) async throws {
    var end = WALPosition(rawValue: 0)
    var hasPointers = false
    var heardAt = ContinuousClock.now
    var answeredAt = ContinuousClock.now
    while isNeeded() {
      try Task.checkCancellation()
      let message = try await connection.next(within: pace.status)
      let now = ContinuousClock.now
      var isAsked = false
      if let message {
        heardAt = now
        end = max(end, message.end)
        switch message {
        case .keepalive(_, let wantsReply): isAsked = wantsReply
        case .data(_, _, let payload):
          // pgoutput: I is an insert, C the commit of its transaction.
          if payload.first == UInt8(ascii: "I") { hasPointers = true }
          if payload.first == UInt8(ascii: "C"), hasPointers {
            hasPointers = false
            doorbell.ring()
          }
        }
      } else if heardAt.duration(to: now) > pace.silence {
        throw PostgresError(code: .timeout, message: "the replication stream is silent")
      }
      guard isAsked || answeredAt.duration(to: now) >= pace.status else { continue }
      // Nothing is ever needed twice, so everything is done with.
      try await connection.acknowledge(end, wantsReply: !isAsked)
      answeredAt = now
    }
  }

  /// Whoever waits at the slow pace is woken when listening ends.
  private func become(_ state: State) {
    let former = current.withLock { current in
      defer { current = state }
      return current
    }
    guard former != state else { return }
    if former == .listening || state == .listening {
      observer(.listening(state == .listening))
      doorbell.ring()
    }
    switch state {
    case .polling(let obstacle):
      // Each attempt passes through `.connecting`: what was said once is not said again.
      let isNew = said.withLock { said in
        defer { said = obstacle }
        return said != obstacle
      }
      guard isNew else { return }
      logger.notice(
        "decoded commits do not wake the sequencer, the poll does", metadata: ["outbox.reason": "\(obstacle.rawValue)"])
    case .listening:
      said.withLock { $0 = nil }
      logger.info("decoded commits wake the sequencer")
    case .off, .connecting: break
    }
  }

  /// The obstacle that was logged last.
  private let said = Mutex<DecodingObstacle?>(nil)

  private static func obstacle(_ error: any Error) -> DecodingObstacle {
    switch (error as? PostgresError)?.sqlState?.rawValue {
    case "55000": .walLevel
    case "42501": .right
    case "42704": .publication
    case "53400": .slots
    default: .connection
    }
  }
}
