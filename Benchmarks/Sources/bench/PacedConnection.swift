import Foundation

/// A connection that asks the same thing again and again and never waits for its answer: ``PacedLoad`` does.
final class PacedConnection {
  let descriptor: Int32
  private let request: [UInt8]
  private var buffer = [UInt8](repeating: 0, count: 16 * 1024)
  private var filled = 0
  private var number: Int?
  /// When the request that is on its way should have been sent, in nanoseconds.
  private(set) var due: UInt64 = 0

  /// Connects, and asks once: the first answer of a connection costs more than the others.
  init(port: Int, request: [UInt8]) throws {
    descriptor = try Loopback.connect(port: port)
    self.request = request
    guard descriptor < 1024 else { throw BenchError("no socket") }
    try send(number: 0, due: 0)
    while try receive() == nil {}
  }

  deinit { close(descriptor) }

  var isBusy: Bool { number != nil }

  /// A request is so small that the system takes it whole.
  func send(number: Int, due: UInt64) throws {
    let count = Foundation.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
    guard count == request.count else { throw BenchError("a request was not taken: \(errno)") }
    (self.number, self.due) = (number, due)
  }

  /// Reads once. Returns the request's number when its answer is whole.
  func receive() throws -> Int? {
    guard filled < buffer.count else { throw BenchError("an answer is too long for this load") }
    let filled = filled
    let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + filled, $0.count - filled, 0) }
    guard count > 0 else { throw BenchError("the connection broke off") }
    self.filled += count
    guard let number, try isWhole() else { return nil }
    self.filled = 0
    self.number = nil
    return number
  }

  /// Whether head and body are here, by the head's length.
  private func isWhole() throws -> Bool {
    try buffer.withUnsafeBytes { bytes in
      guard let end = Self.endOfHead(bytes[..<filled]) else { return false }
      let head = UnsafeRawBufferPointer(rebasing: bytes[..<end])
      guard head.starts(with: "HTTP/1.1 200 ".utf8) else {
        throw BenchError("an answer is not 200: \(String(decoding: bytes[..<filled], as: UTF8.self))")
      }
      return filled >= end + (try Self.length(in: head))
    }
  }

  /// Where the body begins.
  private static func endOfHead(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
    var rest = bytes
    while let line = rest.firstIndex(of: 0x0A) {
      rest = bytes[(line + 1)...]
      if rest.starts(with: [0x0D, 0x0A]) { return line + 3 }
    }
    return nil
  }

  private static func length(in head: UnsafeRawBufferPointer) throws -> Int {
    var line = head.startIndex
    while let end = head[line...].firstIndex(of: 0x0A) {
      if isLength(head[line..<end]) {
        return head[(line + 15)..<end].reduce(0) { (0x30...0x39).contains($1) ? $0 * 10 + Int($1 - 0x30) : $0 }
      }
      line = end + 1
    }
    throw BenchError("an answer does not say its length")
  }

  /// Whether a line begins with `content-length:`, in any case.
  private static func isLength(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
    line.count > 15 && zip(line, "content-length:".utf8).allSatisfy { $0 | 0x20 == $1 || $0 == $1 }
  }
}
