package import Hummingbird
internal import NIOCore

/// The first line of a body, and the body whole: what was read to find the line is not lost, and nothing more of it is kept.
package struct PeekedBody: Sendable {
  /// Without its line feed; everything that was read when there was none within the limit.
  package let line: [UInt8]
  /// Whether the line ended within the limit.
  package let isWhole: Bool
  /// The body as it came.
  package let body: RequestBody

  /// Reads until the first line feed, the end, or `limit` bytes.
  package init(_ body: RequestBody, limit: Int) async throws {
    let rest = Rest(body)
    var read: [ByteBuffer] = []
    var line: [UInt8] = []
    var isWhole = false
    while !isWhole, line.count < limit {
      guard let part = try await rest.next() else {
        isWhole = true
        break
      }
      read.append(part)
      let bytes = part.readableBytesView
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        line += bytes[..<end]
        isWhole = true
      } else {
        line += bytes
      }
    }
    self.line = Array(line.prefix(limit))
    self.isWhole = isWhole && line.count <= limit
    self.body = RequestBody(asyncSequence: Parts(read: read, rest: rest))
  }

  /// The remainder of a body, handed from one reader to the next.
  private actor Rest {
    /// Away while a part is awaited.
    private var iterator: RequestBody.AsyncIterator?

    init(_ body: RequestBody) { iterator = body.makeAsyncIterator() }

    func next() async throws -> ByteBuffer? {
      guard var iterator = iterator.take() else { return nil }
      let part = try await iterator.next(isolation: self)
      self.iterator = iterator
      return part
    }
  }

  /// What was read, then the remainder.
  private struct Parts: AsyncSequence, Sendable {
    let read: [ByteBuffer]
    let rest: Rest

    struct Iterator: AsyncIteratorProtocol {
      var read: ArraySlice<ByteBuffer>
      let rest: Rest

      mutating func next() async throws -> ByteBuffer? {
        if let part = read.popFirst() { return part }
        return try await rest.next()
      }
    }

    func makeAsyncIterator() -> Iterator { Iterator(read: read[...], rest: rest) }
  }
}
