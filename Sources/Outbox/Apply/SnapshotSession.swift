internal import Logging
internal import Postgres
internal import SyncProtocol

/// One run of a snapshot taker: feeds its machine and does what it says. Storage and transport go on at the same time.
struct SnapshotSession {
  private enum Event: Sendable {
    case input(SnapshotMachine.Input, (any Error)? = nil)
    case slept(Int)
    case rang
  }

  private let applier: Applier
  private let exchange: Applier.BulkExchange
  private var machine: SnapshotMachine
  private let started = ContinuousClock.now
  private var wait = 0
  private var isOver = false
  private var isOnce = false
  private var lastError: (any Error)?

  init(_ applier: Applier, exchange: @escaping Applier.BulkExchange) {
    self.applier = applier
    self.exchange = exchange
    machine = SnapshotMachine(
      stream: applier.stream, audience: applier.audience, kinds: applier.storage.registry.snapshotKinds,
      pace: applier.snapshotPace, seed: UInt64.random(in: .min ... .max))
  }

  private var now: Int64 { started.duration(to: .now).milliseconds }

  /// Takes what is under way, then waits for the next reset of the lanes, until cancelled.
  mutating func drive() async {
    while !isOver, !Task.isCancelled {
      let bells = [applier.restarted, applier.underWay].map { (bell: $0, beyond: $0.rings) }
      await take()
      await Doorbell.wait(for: bells, until: .now.advanced(by: .seconds(3600)))
    }
  }

  /// Takes what is under way, if anything.
  ///
  /// - Throws: what kept the last exchange or storage operation from working.
  mutating func takeOnce() async throws {
    isOnce = true
    await take()
    if let lastError { throw lastError }
  }

  /// Runs the machine until it has nothing outstanding.
  private mutating func take() async {
    let applier = applier
    let exchange = exchange
    await withTaskGroup(of: Event.self) { group in
      var running = 0
      var effects = machine.handle(.wake, now: now)
      // The lanes may start over while their snapshot is taken.
      let rings = applier.restarted.rings
      group.addTask {
        _ = await applier.restarted.wait(beyond: rings, limit: .seconds(3600))
        return .rang
      }
      while !isOver, !Task.isCancelled {
        while !effects.isEmpty {
          switch effects.removeFirst() {
          case .storage(let operation):
            running += 1
            group.addTask { await Self.perform(operation, applier) }
          case .exchange(let request, let number, let limit):
            running += 1
            group.addTask { await Self.ask(request, number, limit, applier, exchange) }
          case .wait(let milliseconds):
            running += 1
            wait += 1
            group.addTask { [wait] in
              do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return .slept(-1) }
              return .slept(wait)
            }
          case .fault(let fault):
            applier.note { $0.lastFault = fault.rawValue }
            applier.logger.warning(
              "a chunk was refused", metadata: ["sync.code": "\(fault.rawValue)", "sync.stream": "\(applier.stream)"])
          case .trouble: break
          case .advanced(let kind, let progress):
            applier.note { $0.snapshot[kind] = progress }
            // It may have quarantined rows, which the stream's receiver reports.
            applier.refreshLanes()
            applier.applied.ring()
          case .finished:
            applier.refreshLanes()
            // The source waits to hear that nothing is missing any more.
            applier.hurried.ring()
          case .stopped: isOver = true
          }
        }
        guard running > 0, let event = await group.next() else { break }
        if case .rang = event {
          effects += machine.handle(.wake, now: now)
          let rings = applier.restarted.rings
          group.addTask {
            _ = await applier.restarted.wait(beyond: rings, limit: .seconds(3600))
            return .rang
          }
          continue
        }
        running -= 1
        switch event {
        case .input(let input, let error):
          lastError = error
          if isOnce, error != nil { isOver = true }
          effects += machine.handle(input, now: now)
        case .slept(let number) where number == wait: effects += machine.handle(.timer, now: now)
        case .slept, .rang: break
        }
      }
      group.cancelAll()
    }
  }

  private static func ask(
    _ request: BulkRequest, _ number: Int64, _ limit: Int64, _ applier: Applier, _ exchange: Applier.BulkExchange
  ) async -> Event {
    do {
      return .input(.reply(try await exchange(request, .milliseconds(limit)), to: number))
    } catch {
      applier.logger.debug("asking for a chunk failed", metadata: ["error": "\(error)"])
      return .input(.exchangeFailed(number), error)
    }
  }

  private static func perform(_ operation: ReceiverOperation, _ applier: Applier) async -> Event {
    do {
      switch operation {
      case .readSnapshot(let stream): return .input(.state(try await applier.storage.readSnapshot(stream: stream)))
      case .recordBulk(let request):
        try await applier.storage.recordBulk(request)
        return .input(.recorded)
      case .applyBulk(let answer): return .input(.applied(try await applier.storage.applyBulk(answer)))
      default: return .input(.failed(.refused))
      }
    } catch {
      switch StorageFailure(error) {
      case .outcomeUnknown: return .input(.outcomeUnknown, error)
      case .fencedOut: return .input(.failed(.contention), error)
      case .cancelled: return .input(.failed(.unavailable), error)
      case .trouble(let trouble):
        applier.logger.warning("a chunk could not be applied", metadata: ["error": "\(error)"])
        return .input(.failed(trouble), error)
      }
    }
  }
}
