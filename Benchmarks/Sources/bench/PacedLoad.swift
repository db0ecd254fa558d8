import Foundation

/// Requests at a fixed rate, whatever the answers do: an open loop on one thread.
///
/// The time of an answer counts from the moment its request was due, not from the one in which it was sent: a server that stands still is charged for everybody who would have come
/// meanwhile ("coordinated omission").
struct PacedLoad {
  struct Result: Sendable {
    /// Answers a second, as they came.
    let rate: Double
    /// Milliseconds.
    let p50: Double
    let p99: Double
  }

  /// Times of the first of these seconds do not count: caches and queues fill.
  private static let warmUp = 1.0
  /// What is still unanswered so long after the last request was due never is.
  private static let patience = 10.0

  private let rate: Double
  private let seconds: Double

  /// - Parameters:
  ///   - connections: requests that are on their way at most; others that are due wait, and their time runs.
  ///   - rate: requests a second.
  ///   - seconds: for which they come, after the warm-up.
  /// - Throws: ``BenchError`` when an answer is not 200, or one does not come.
  static func run(
    port: Int, path: String, connections: Int, rate: Double, seconds: Double
  ) async throws -> Result {
    let load = PacedLoad(rate: rate, seconds: seconds + warmUp)
    return try await CaptureFigures.offPool {
      let request = HTTPConnection.request("GET", path)
      return try load.drive(try (0..<connections).map { _ in try PacedConnection(port: port, request: request) })
    }
  }

  private func drive(_ connections: [PacedConnection]) throws -> Result {
    let interval = 1e9 / rate
    let total = Int(rate * seconds)
    let counted = Int(rate * Self.warmUp)
    var times: [Double] = []
    times.reserveCapacity(total)
    var free = Array(connections.indices)
    var sent = 0
    var answered = 0
    let began = Self.now()
    let end = began + UInt64((seconds + Self.patience) * 1e9)
    while answered < total {
      var now = Self.now()
      guard now < end else { throw BenchError("\(answered) of \(total) requests were answered in time") }
      while sent < total, let index = free.last {
        let due = began + UInt64(Double(sent) * interval)
        guard due <= now else { break }
        free.removeLast()
        try connections[index].send(number: sent, due: due)
        sent += 1
        now = Self.now()
      }
      let isFree = sent < total && !free.isEmpty
      let next = isFree ? began + UInt64(Double(sent) * interval) : now + 1_000_000_000
      let ready = try Self.await(connections, until: next)
      for index in connections.indices where ready.contains(connections[index].descriptor) {
        guard let number = try connections[index].receive() else { continue }
        if number >= counted { times.append(Double(Self.now() - connections[index].due) / 1e6) }
        answered += 1
        free.append(index)
      }
    }
    let took = Double(Self.now() - began) / 1e9
    return Result(rate: Double(total) / took, p50: times.percentile(0.5), p99: times.percentile(0.99))
  }

  /// Waits for bytes on any connection, or for a moment.
  private static func await(_ connections: [PacedConnection], until moment: UInt64) throws -> DescriptorSet {
    var set = DescriptorSet()
    for connection in connections where connection.isBusy { set.insert(connection.descriptor) }
    let now = now()
    let rest = moment > now ? moment - now : 0
    var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
    let count = pselect(set.bound, &set.bits, nil, nil, &time, nil)
    guard count >= 0 else { throw BenchError("pselect: \(errno)") }
    return count == 0 ? DescriptorSet() : set
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// File descriptors below 1024.
private struct DescriptorSet {
  var bits = fd_set()
  private(set) var bound: Int32 = 0

  mutating func insert(_ descriptor: Int32) {
    withUnsafeMutableBytes(of: &bits) { $0[Int(descriptor) / 8] |= 1 << UInt8(descriptor % 8) }
    bound = max(bound, descriptor + 1)
  }

  func contains(_ descriptor: Int32) -> Bool {
    withUnsafeBytes(of: bits) { $0[Int(descriptor) / 8] & (1 << UInt8(descriptor % 8)) != 0 }
  }
}
