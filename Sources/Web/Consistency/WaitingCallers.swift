internal import Synchronization

/// Counts who waits, so that no caller takes more than its share and no network the places of all.
final class WaitingCallers: Sendable {
  /// A credential, or none, from one network.
  struct Caller: Sendable, Hashable {
    let network: [UInt8]
    /// Unproven.
    let credential: String?
    fileprivate let isHere: Bool

    init(_ client: ClientAddress, credential: String?) {
      network = client.crowd
      self.credential = credential
      isHere = client.isHere
    }
  }

  private struct State {
    var total = 0
    var callers: [Caller: Int] = [:]
    var networks: [[UInt8]: Int] = [:]
  }

  private let limits: SyncTokenLimits
  private let state = Mutex(State())

  init(limits: SyncTokenLimits) { self.limits = limits }

  /// Runs `body` as one that waits; nil when too many do.
  func waiting<Value>(_ caller: Caller, _ body: () async throws -> Value) async rethrows -> Value? {
    guard enter(caller) else { return nil }
    defer { leave(caller) }
    return try await body()
  }

  private func enter(_ caller: Caller) -> Bool {
    state.withLock { state in
      let own = state.callers[caller] ?? 0
      let network = state.networks[caller.network] ?? 0
      let most = caller.isHere ? ClientAddress.shareOfThisMachine(of: limits.waits) : limits.waitsOfNetwork
      guard state.total < limits.waits, own < limits.waitsOfCaller, network < most else { return false }
      state.callers[caller] = own + 1
      state.networks[caller.network] = network + 1
      state.total += 1
      return true
    }
  }

  private func leave(_ caller: Caller) {
    state.withLock { state in
      state.total -= 1
      let own = (state.callers[caller] ?? 1) - 1
      state.callers[caller] = own > 0 ? own : nil
      let network = (state.networks[caller.network] ?? 1) - 1
      state.networks[caller.network] = network > 0 ? network : nil
    }
  }
}
