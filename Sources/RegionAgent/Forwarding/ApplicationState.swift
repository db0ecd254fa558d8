internal import Synchronization
internal import Web

/// Whether the application answered when it was needed last, and how many requests it has to answer.
package final class ApplicationState: Sendable {
  private let reachable = Mutex<Bool?>(nil)
  private let taken = Mutex(Taken())
  private let places: Int
  private let share: Int

  private struct Taken {
    var all = 0
    var byNetwork: [[UInt8]: Int] = [:]
  }

  /// - Parameters:
  ///   - places: requests that are with the application at once; more are told to come back.
  ///   - share: those of one network among them, so that no stranger takes them all. This machine has three quarters: a proxy may stand there.
  package init(places: Int = 1000, share: Int = 100) {
    self.places = places
    self.share = share
  }

  /// One of the places, held until the answer has passed.
  final class Place: Sendable {
    private let state: ApplicationState
    private let network: [UInt8]

    fileprivate init(_ state: ApplicationState, _ network: [UInt8]) {
      self.state = state
      self.network = network
    }

    deinit {
      state.taken.withLock { taken in
        taken.all -= 1
        let left = (taken.byNetwork[network] ?? 1) - 1
        taken.byNetwork[network] = left > 0 ? left : nil
      }
    }
  }

  /// Nil when all places are taken, or as many as one network may have.
  func place(for client: ClientAddress) -> Place? {
    let network = client.crowd
    let most = client.isHere ? ClientAddress.shareOfThisMachine(of: places) : share
    let isFree = taken.withLock { taken in
      let count = taken.byNetwork[network, default: 0]
      guard taken.all < places, count < most else { return false }
      taken.byNetwork[network] = count + 1
      taken.all += 1
      return true
    }
    return isFree ? Place(self, network) : nil
  }

  /// Nil before anything was sent to it.
  package var isReachable: Bool? { reachable.withLock { $0 } }

  func note(isReachable: Bool) { reachable.withLock { $0 = isReachable } }
}
