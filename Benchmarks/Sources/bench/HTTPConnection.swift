import Foundation

/// One HTTP/1.1 connection to this machine on a blocking socket: as cheap as a load generator in this language gets.
final class HTTPConnection {
  private let descriptor: Int32
  private var buffer = [UInt8](repeating: 0, count: 64 * 1024)
  private var filled = 0

  init(port: Int) throws { descriptor = try Loopback.connect(port: port) }

  deinit { close(descriptor) }

  /// Ends an exchange that another thread waits for.
  func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// The bytes of a request.
  static func request(
    _ method: String, _ path: String, _ headers: [(String, String)] = [], body: String? = nil
  ) -> [UInt8] {
    var text = "\(method) \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if let body { text += "content-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n" }
    return Array((text + "\r\n" + (body ?? "")).utf8)
  }

  /// Sends a request and reads the whole answer.
  func exchange(_ request: [UInt8]) throws -> (status: Int, body: [UInt8], retryAfter: Int?) {
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes { send(descriptor, $0.baseAddress! + sent, request.count - sent, 0) }
      guard count > 0 else { throw BenchError("the connection broke off") }
      sent += count
    }
    filled = 0
    var head = 0
    while head == 0 {
      try fill()
      head = endOfHead()
    }
    let text = String(decoding: buffer[..<head], as: UTF8.self).lowercased()
    let status = Int(text.split(separator: " ", maxSplits: 2).dropFirst().first ?? "") ?? 0
    var length = 0
    if let field = text.firstRange(of: "content-length: ") {
      length = Int(text[field.upperBound...].prefix { $0.isNumber }) ?? 0
    }
    while filled < head + length { try fill() }
    let field = status == 503 ? text.firstRange(of: "retry-after: ") : nil
    let retry = field.flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
    return (status, Array(buffer[head..<head + length]), retry)
  }

  private func fill() throws {
    if filled == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
    let filled = filled
    let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, $0.count - filled, 0) }
    guard count > 0 else { throw BenchError("the connection broke off") }
    self.filled += count
  }

  /// Where the body begins; 0 when the head is not whole yet.
  private func endOfHead() -> Int {
    buffer.withUnsafeBytes { bytes in
      var index = 3
      while index < filled {
        // The last of the four bytes decides how far to go on.
        switch bytes[index] {
        case 0x0A where bytes[index - 1] == 0x0D && bytes[index - 2] == 0x0A && bytes[index - 3] == 0x0D:
          return index + 1
        case 0x0A: index += 2
        case 0x0D: index += 1
        default: index += 4
        }
      }
      return 0
    }
  }
}

/// Many connections at once, each on a thread of its own.
enum Load {
  /// Requests a second that are answered with `status`.
  ///
  /// - Parameter request: the bytes of the n-th request of a connection.
  static func rate(
    port: Int, connections: Int, seconds: Double, expecting status: Int,
    _ request: @escaping @Sendable (_ connection: Int, _ number: Int) -> [UInt8]
  ) async throws -> Double {
    try await CaptureFigures.offPool {
      let results = Results()
      let began = ContinuousClock.now
      let end = began + .seconds(seconds)
      DispatchQueue.concurrentPerform(iterations: connections) { index in
        do {
          let connection = try HTTPConnection(port: port)
          var number = 0
          while ContinuousClock.now < end {
            let answer = try connection.exchange(request(index, number))
            guard answer.status == status else {
              throw BenchError("an answer was \(answer.status): \(String(decoding: answer.body, as: UTF8.self))")
            }
            number += 1
          }
          results.add(number)
        } catch { results.fail(error) }
      }
      let total = try results.total()
      return Double(total) / (ContinuousClock.now - began).inSeconds
    }
  }

  private final class Results: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    private var failure: (any Error)?

    func add(_ number: Int) { lock.withLock { count += number } }
    func fail(_ error: any Error) { lock.withLock { failure = failure ?? error } }
    func total() throws -> Int {
      try lock.withLock {
        if let failure { throw failure }
        return count
      }
    }
  }
}
