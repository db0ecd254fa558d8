internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Addresses of host names, remembered for a moment.
///
/// The system's resolver blocks for as long as a name server likes. Here at most one look-up of a name is under way, on threads that do nothing else, and nobody waits longer
/// for it than ``HostNameLimits/patience``: whoever runs the name server of one name stops nobody who needs another. While a look-up hangs or fails, the
/// addresses that the name had last serve on.
package final class HostNames: Sendable {
  /// Begins to look a name up. Calls back once, from any thread, with at least one address or why there is none.
  package typealias LookUp =
    @Sendable (
      _ host: String, _ done: @escaping @Sendable (Result<[ClientAddress], any Error>) -> Void
    ) -> Void
  /// Calls back after a while, from any thread.
  package typealias Timer = @Sendable (_ time: Duration, _ fire: @escaping @Sendable () -> Void) -> Void

  /// Why a name has no address here.
  package enum Failure: Error, Sendable, Hashable {
    /// Its name server does not answer in time.
    case late
    /// So many others are being looked up.
    case busy
    /// It has none.
    case unknown
  }

  private struct Name {
    var addresses: (value: [ClientAddress], at: ContinuousClock.Instant)?
    var failure: (error: any Error, until: ContinuousClock.Instant, pause: Duration)?
    /// When the look-up that is under way began.
    var began: ContinuousClock.Instant?
    var waiting: [CheckedContinuation<[ClientAddress], any Error>] = []
  }

  private struct State {
    var names: [String: Name] = [:]
    var underWay = 0
  }

  /// What to do for a caller.
  private enum Step {
    case answer(Result<[ClientAddress], any Error>)
    /// With the moment in which the look-up began that the caller has to begin; nil when one is under way.
    case wait(ContinuousClock.Instant?)
  }

  private let limits: HostNameLimits
  private let lookUp: LookUp
  private let after: Timer
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state = Mutex(State())

  package init(
    limits: HostNameLimits = HostNameLimits(), lookUp: @escaping LookUp = HostNames.blocking,
    after: @escaping Timer = HostNames.onLoop, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.limits = limits
    self.lookUp = lookUp
    self.after = after
    self.now = now
  }

  /// Those of this process.
  package static let system = HostNames()

  /// The first of the addresses that a name has, or had a moment ago.
  ///
  /// - Throws: ``Failure``, or what the look-up found.
  package func address(of host: String) async throws -> ClientAddress {
    guard let first = try await addresses(of: host).first else { throw Failure.unknown }
    return first
  }

  /// The addresses that a name has, or had a moment ago, in the order in which they are to be tried.
  ///
  /// - Throws: ``Failure``, or what the look-up found.
  package func addresses(of host: String) async throws -> [ClientAddress] {
    try await withCheckedThrowingContinuation { continuation in
      switch state.withLock({ step(host, continuation, &$0) }) {
      case .answer(let answer): continuation.resume(with: answer)
      case .wait(nil): break
      case .wait(let began?):
        after(limits.patience) { self.giveUp(host, begun: began) }
        lookUp(host) { self.end(host, $0) }
      }
    }
  }

  private func step(
    _ host: String, _ continuation: CheckedContinuation<[ClientAddress], any Error>, _ state: inout State
  ) -> Step {
    let now = now()
    var name = state.names[host] ?? Name()
    if let known = name.addresses, now < known.at + limits.fresh { return .answer(.success(known.value)) }
    if let began = name.began {
      guard now < began + limits.patience else { return .answer(last(name, now, Failure.late)) }
      name.waiting.append(continuation)
      state.names[host] = name
      return .wait(nil)
    }
    if let failure = name.failure, now < failure.until { return .answer(last(name, now, failure.error)) }
    guard state.underWay < limits.lookUps else { return .answer(last(name, now, Failure.busy)) }
    if state.names.count >= limits.names, state.names[host] == nil {
      state.names = state.names.filter { $0.value.began != nil }
    }
    name.began = now
    name.waiting = [continuation]
    state.names[host] = name
    state.underWay += 1
    return .wait(now)
  }

  /// Who waits for a look-up gets what there is: it may yet bring something to those who come later.
  private func giveUp(_ host: String, begun: ContinuousClock.Instant) {
    let now = now()
    let late: (Name, [CheckedContinuation<[ClientAddress], any Error>])? = state.withLock { state in
      guard var name = state.names[host], name.began == begun else { return nil }
      let waiting = name.waiting
      name.waiting = []
      state.names[host] = name
      return (name, waiting)
    }
    guard let (name, waiting) = late else { return }
    for continuation in waiting { continuation.resume(with: last(name, now, Failure.late)) }
  }

  private func end(_ host: String, _ result: Result<[ClientAddress], any Error>) {
    let now = now()
    let (answer, waiting) = state.withLock { state in
      state.underWay -= 1
      var name = state.names[host] ?? Name()
      let waiting = name.waiting
      name.waiting = []
      name.began = nil
      let answer: Result<[ClientAddress], any Error>
      switch result {
      case .success(let addresses):
        name.addresses = (addresses, now)
        name.failure = nil
        answer = result
      case .failure(let error):
        let pause = name.failure.map { min($0.pause * 2, limits.longestPause) } ?? limits.pause
        name.failure = (error, now + pause, pause)
        answer = last(name, now, error)
      }
      state.names[host] = name
      return (answer, waiting)
    }
    for continuation in waiting { continuation.resume(with: answer) }
  }

  /// The addresses that a name had last, unless that is too long ago.
  private func last(
    _ name: Name, _ now: ContinuousClock.Instant, _ error: any Error
  ) -> Result<[ClientAddress], any Error> {
    guard let known = name.addresses, now < known.at + limits.stale else { return .failure(error) }
    return .success(known.value)
  }
}

extension HostNames {
  /// Threads that may hang: no more names can hang at once without others waiting for them.
  private static let threads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 16)
    pool.start()
    return pool
  }()

  /// Addresses of a name that are remembered.
  private static let most = 8

  /// The system's resolver, in its order (RFC 6724).
  package static let blocking: LookUp = { host, done in
    threads.submit { state in
      guard case .active = state else { return done(.failure(Failure.busy)) }
      let found = resolve(host)
      done(found.isEmpty ? .failure(Failure.unknown) : .success(found))
    }
  }

  private static func resolve(_ host: String) -> [ClientAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [ClientAddress] = []
    var next = list
    while let entry = next, found.count < most {
      if let address = ClientAddress(entry.pointee), !found.contains(address) { found.append(address) }
      next = entry.pointee.ai_next
    }
    return found
  }

  package static let onLoop: Timer = { time, fire in
    MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(time), fire)
  }
}

extension ClientAddress {
  /// One answer of the system's resolver; nil for another family.
  fileprivate init?(_ entry: addrinfo) {
    guard let place = entry.ai_addr else { return nil }
    // Behind the family and the port; behind the flow label too in IPv6 (sockaddr_in, sockaddr_in6).
    let range: Range<Int>? =
      switch entry.ai_family {
      case AF_INET: 4..<8
      case AF_INET6: 8..<24
      default: nil
      }
    guard let range, range.upperBound <= Int(entry.ai_addrlen) else { return nil }
    let bytes = Array(UnsafeRawBufferPointer(start: place, count: Int(entry.ai_addrlen))[range])
    self.init(raw: bytes)
  }
}
