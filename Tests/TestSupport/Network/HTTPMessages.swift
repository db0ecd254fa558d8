import NIOCore

/// Cuts a stream of bytes into whole HTTP/1.1 messages, each as it came. Knows `content-length` and `chunked`, nothing else.
struct HTTPMessages<Bytes: AsyncSequence> where Bytes.Element == ByteBuffer {
  private var iterator: Bytes.AsyncIterator
  private var pending = ByteBuffer()

  init(_ bytes: Bytes) { iterator = bytes.makeAsyncIterator() }

  /// The next message; nil at the end of the stream, where half a message is nothing.
  mutating func next() async throws -> ByteBuffer? {
    while true {
      if let length = Self.length(pending.readableBytesView) { return pending.readSlice(length: length) }
      guard var more = try await iterator.next(isolation: nil) else { return nil }
      pending.writeBuffer(&more)
    }
  }

  /// The length of the whole message that the bytes begin with; nil while it is not all there.
  static func length(_ bytes: ByteBufferView) -> Int? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: bytes[bytes.startIndex..<end.lowerBound], as: UTF8.self).lowercased()
    let headLength = end.upperBound - bytes.startIndex
    for line in head.split(separator: "\r\n").dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingSpaces() }
      guard parts.count == 2 else { continue }
      if parts[0] == "content-length", let length = Int(parts[1]) {
        return bytes.count >= headLength + length ? headLength + length : nil
      }
      if parts[0] == "transfer-encoding", parts[1].hasSuffix("chunked") {
        guard let last = bytes[end.upperBound...].firstRange(of: Array("0\r\n\r\n".utf8)) else { return nil }
        return last.upperBound - bytes.startIndex
      }
    }
    return headLength
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}
