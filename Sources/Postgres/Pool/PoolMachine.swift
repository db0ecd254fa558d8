/// The decisions of a connection pool, without connections, tasks or clocks.
///
/// Every input returns what the caller has to do; the caller does it after leaving its lock.
struct PoolMachine: Sendable {
  typealias ConnectionID = UInt64
  typealias WaiterID = UInt64

  /// The answer to a caller that wants a connection.
  enum Admission: Equatable, Sendable {
    /// Use this idle connection.
    case lend(ConnectionID)
    /// Open a connection under this id and use it.
    case open(ConnectionID)
    /// Wait until `grant` names you.
    case wait(WaiterID)
    case refuse(Refusal)
  }

  enum Refusal: Equatable, Sendable { case tooManyWaiters, closed }

  /// What a waiter gets.
  enum Grant: Equatable, Sendable {
    case lend(WaiterID, ConnectionID)
    case open(WaiterID, ConnectionID)
  }

  private struct Idle: Sendable {
    var id: ConnectionID
    var since: ContinuousClock.Instant
  }

  private let limits: PoolLimits
  /// Least recently used first.
  private var idle: [Idle] = []
  private var opened: [ConnectionID: ContinuousClock.Instant] = [:]
  private var waiters: [WaiterID] = []
  private var lastID: UInt64 = 0
  private(set) var isClosed = false

  init(limits: PoolLimits) {
    self.limits = limits
  }

  var openCount: Int { opened.count }
  var idleCount: Int { idle.count }
  var waiterCount: Int { waiters.count }

  /// A caller wants a connection. The second value are idle connections that are too old and must be closed.
  mutating func admit(now: ContinuousClock.Instant) -> (Admission, expired: [ConnectionID]) {
    guard !isClosed else { return (.refuse(.closed), []) }
    var expired: [ConnectionID] = []
    // The most recently used first: its caches are warm, and the others may reach their idle time-out.
    while let candidate = idle.popLast() {
      if isTooOld(candidate.id, now) {
        opened.removeValue(forKey: candidate.id)
        expired.append(candidate.id)
      } else {
        return (.lend(candidate.id), expired)
      }
    }
    if opened.count < limits.maximumConnections { return (.open(beginOpening(now)), expired) }
    guard waiters.count < limits.maximumWaiters else { return (.refuse(.tooManyWaiters), expired) }
    lastID += 1
    waiters.append(lastID)
    return (.wait(lastID), expired)
  }

  /// A connection came back. Without a grant a reusable one is idle now; `close` says that it must be closed.
  mutating func release(_ id: ConnectionID, reusable: Bool, now: ContinuousClock.Instant) -> (Grant?, close: Bool) {
    guard reusable, !isClosed, !isTooOld(id, now) else {
      opened.removeValue(forKey: id)
      return (nextOpening(now), true)
    }
    if !waiters.isEmpty { return (.lend(waiters.removeFirst(), id), false) }
    idle.append(Idle(id: id, since: now))
    return (nil, false)
  }

  /// A connection could not be opened: its place goes to the next waiter, who may be luckier.
  mutating func failedToOpen(_ id: ConnectionID, now: ContinuousClock.Instant) -> Grant? {
    opened.removeValue(forKey: id)
    return nextOpening(now)
  }

  /// A waiter gave up. False when it has been granted something already.
  mutating func abandon(_ waiter: WaiterID) -> Bool {
    guard let index = waiters.firstIndex(of: waiter) else { return false }
    waiters.remove(at: index)
    return true
  }

  /// Takes the idle connections that are unused for too long or too old.
  mutating func expire(now: ContinuousClock.Instant) -> [ConnectionID] {
    let expired = idle.filter { $0.since.advanced(by: limits.idleTimeout) <= now || isTooOld($0.id, now) }.map(\.id)
    idle.removeAll { expired.contains($0.id) }
    for id in expired { opened.removeValue(forKey: id) }
    return expired
  }

  /// Ends the pool: idle connections are to be closed, waiters to be refused, lent connections closed when they come back.
  mutating func close() -> (connections: [ConnectionID], waiters: [WaiterID]) {
    isClosed = true
    let (connections, refused) = (idle.map(\.id), waiters)
    for id in connections { opened.removeValue(forKey: id) }
    idle = []
    waiters = []
    return (connections, refused)
  }

  private mutating func beginOpening(_ now: ContinuousClock.Instant) -> ConnectionID {
    lastID += 1
    opened[lastID] = now
    return lastID
  }

  private mutating func nextOpening(_ now: ContinuousClock.Instant) -> Grant? {
    guard !isClosed, !waiters.isEmpty, opened.count < limits.maximumConnections else { return nil }
    return .open(waiters.removeFirst(), beginOpening(now))
  }

  private func isTooOld(_ id: ConnectionID, _ now: ContinuousClock.Instant) -> Bool {
    guard let born = opened[id] else { return true }
    return born.advanced(by: limits.maximumLifetime) <= now
  }
}
