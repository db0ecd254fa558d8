internal import HTTPTypes
internal import Silo
internal import Synchronization
internal import Web

/// What the gateway knows about one region from asking it: how many requests are under way, and whether it answers.
final class RegionLane: Sendable {
  private struct State {
    var underWay = 0
    var byNetwork: [[UInt8]: Int] = [:]
    var breaker: CircuitBreaker
    var retries: RetryBudget
    var refused = 0
    var outcomes: [LaneOutcome: Int] = [:]
  }

  /// A request's place among those under way; given back when nobody holds it any more.
  final class Place: Sendable {
    private let lane: RegionLane
    private let network: [UInt8]

    fileprivate init(_ lane: RegionLane, _ network: [UInt8]) {
      self.lane = lane
      self.network = network
    }

    deinit {
      lane.state.withLock { state in
        state.underWay -= 1
        let left = (state.byNetwork[network] ?? 1) - 1
        state.byNetwork[network] = left > 0 ? left : nil
      }
    }
  }

  /// For a scrape.
  struct Reading: Sendable {
    let underWay: Int
    let isOpen: Bool
    let refused: Int
    /// Only those that there were.
    let outcomes: [LaneOutcome: Int]
  }

  let url: String
  let target: ForwardTarget?
  private let concurrency: Int
  /// Places that one network may have, so that no stranger takes them all, and this machine.
  private let share: Int
  private let shareHere: Int
  private let state: Mutex<State>

  init(url: String, limits: GatewayLimits) {
    self.url = url
    target = ForwardTarget(url)
    concurrency = limits.concurrency
    share = max(8, limits.concurrency / 8)
    shareHere = ClientAddress.shareOfThisMachine(of: limits.concurrency)
    state = Mutex(
      State(
        breaker: CircuitBreaker(
          threshold: limits.failures, pause: limits.pause, longestPause: limits.longestPause),
        retries: RetryBudget(percent: limits.retries, burst: limits.retryBurst)))
  }

  /// - Parameter client: whose request it is.
  /// - Throws: ``Problem`` 503 while the region has its share of requests, or did not answer lately.
  func enter(for client: ClientAddress, at now: ContinuousClock.Instant) throws(Problem) -> Place {
    let network = client.crowd
    let most = client.isHere ? shareHere : share
    let refusal: Problem? = state.withLock { state in
      guard state.underWay < concurrency, state.byNetwork[network, default: 0] < most else {
        state.refused += 1
        return Problem(
          .serviceUnavailable, "region-busy", title: "The region has as many requests as it may have at once",
          detail: "Nothing was done. Try again, or ask the region itself.", retryAfter: 1)
      }
      if case .wait(let time) = state.breaker.admit(at: now) {
        state.refused += 1
        return Problem(
          .serviceUnavailable, "region-unavailable", title: "The region does not answer",
          detail: "It is tried again soon. Nothing was done.", retryAfter: max(1, Int(time.components.seconds)))
      }
      state.underWay += 1
      state.byNetwork[network, default: 0] += 1
      state.retries.noteRequest()
      return nil
    }
    if let refusal { throw refusal }
    return Place(self, network)
  }

  /// The region answered, whatever it said.
  func succeed(_ outcome: LaneOutcome) {
    state.withLock { state in
      state.breaker.succeed()
      state.outcomes[outcome, default: 0] += 1
    }
  }

  func fail(at now: ContinuousClock.Instant) {
    state.withLock { state in
      state.breaker.fail(at: now)
      state.outcomes[.failed, default: 0] += 1
    }
  }

  func abandon(at now: ContinuousClock.Instant) { state.withLock { $0.breaker.abandon(at: now) } }
  func mayRetry() -> Bool { state.withLock { $0.retries.take() } }

  var reading: Reading {
    state.withLock { state in
      let isOpen = if case .closed = state.breaker.state { false } else { true }
      return Reading(
        underWay: state.underWay, isOpen: isOpen, refused: state.refused, outcomes: state.outcomes)
    }
  }
}
