internal import Synchronization

/// Whether the application answered when it was needed last, and how many requests it has to answer.
package final class ApplicationState: Sendable {
  private let reachable = Mutex<Bool?>(nil)
  private let places: Mutex<Int>

  /// - Parameter places: requests that are with the application at once; more are told to come back.
  package init(places: Int = 1000) { self.places = Mutex(places) }

  /// One of the places, held until the answer has passed.
  final class Place: Sendable {
    private let state: ApplicationState

    fileprivate init(_ state: ApplicationState) { self.state = state }

    deinit { state.places.withLock { $0 += 1 } }
  }

  /// Nil when all places are taken.
  func place() -> Place? {
    let isFree = places.withLock { places in
      guard places > 0 else { return false }
      places -= 1
      return true
    }
    return isFree ? Place(self) : nil
  }

  /// Nil before anything was sent to it.
  package var isReachable: Bool? { reachable.withLock { $0 } }

  func note(isReachable: Bool) { reachable.withLock { $0 = isReachable } }
}
