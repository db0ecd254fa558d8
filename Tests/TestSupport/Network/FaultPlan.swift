import Synchronization

/// What a ``FaultProxy`` does to the traffic through it: how often which fault strikes, by a seed.
///
/// The n-th decision of a seed is always the same; which exchange meets it depends on timing, as in life.
public final class FaultPlan: Sendable {
  public enum Fault: String, Sendable, CaseIterable {
    /// Bytes arrive late.
    case delay
    /// The connection ends before the bytes arrive.
    case cut
    /// Only the first half of a request arrives.
    case truncateRequest
    /// Only the first half of an answer arrives.
    case truncateReply
    /// A whole request arrives twice (HTTP only).
    case duplicate
    /// The request takes its effect, or the transaction commits, but nobody is told.
    case dropReply
  }

  private struct State {
    var seed: UInt64
    var decisions: UInt64 = 0
    var share = 0.0
    var struck: [Fault: Int] = [:]
    var isPartitioned = false
    var exchanges = 0
  }

  private let state: Mutex<State>

  /// A plan under which nothing happens until ``strike(share:seed:)``.
  public init(seed: UInt64 = 0) { state = Mutex(State(seed: seed)) }

  /// From now on this share of the decisions is a fault.
  public func strike(share: Double, seed: UInt64? = nil) {
    state.withLock { state in
      state.share = share
      guard let seed else { return }
      state.seed = seed
      state.decisions = 0
    }
  }

  /// From now on all is well.
  public func heal() {
    state.withLock { state in
      state.share = 0
      state.isPartitioned = false
    }
  }

  /// While true every connection is cut and none is made.
  public var isPartitioned: Bool {
    get { state.withLock { $0.isPartitioned } }
    set { state.withLock { $0.isPartitioned = newValue } }
  }

  /// HTTP requests that came.
  public var exchanges: Int { state.withLock { $0.exchanges } }

  func countExchange() { state.withLock { $0.exchanges += 1 } }

  /// How often each fault has struck.
  public var struck: [Fault: Int] { state.withLock { $0.struck } }

  /// How often any has.
  public var strikes: Int { struck.values.reduce(0, +) }

  /// What happens to the next exchange, and a number to choose details by.
  func next(_ possible: [Fault]) -> (fault: Fault, detail: UInt64)? {
    state.withLock { state in
      guard state.share > 0, !possible.isEmpty else { return nil }
      state.decisions += 1
      let (strikes, which, detail) = (
        Self.mixed(state.seed, state.decisions * 3), Self.mixed(state.seed, state.decisions * 3 + 1),
        Self.mixed(state.seed, state.decisions * 3 + 2)
      )
      guard Double(strikes >> 11) / Double(1 << 53) < state.share else { return nil }
      let fault = possible[Int(which % UInt64(possible.count))]
      state.struck[fault, default: 0] += 1
      return (fault, detail)
    }
  }

  /// SplitMix64.
  private static func mixed(_ seed: UInt64, _ index: UInt64) -> UInt64 {
    var word = seed &+ index &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
