internal import NIOCore

/// Finds where frames of HTTP/2 begin in the bytes that a client sends, and how long they say to be (RFC 9113 §4.1). Nothing of their content is kept.
struct FrameWalker {
  /// Bytes of the preface (RFC 9113 §3.4), later of a payload, that are still to come.
  private var skipping = 24
  /// Bytes of the header that came, and the length that the first three of them tell.
  private var known = 0
  private var length = 0

  /// - Parameter each: is told the length of each payload whose frame's header is complete; returns false to hear of no more.
  /// - Returns: false when `each` did.
  mutating func walk(_ bytes: ByteBuffer, _ each: (_ length: Int) -> Bool) -> Bool {
    var bytes = bytes
    while bytes.readableBytes > 0 {
      let step = min(skipping, bytes.readableBytes)
      bytes.moveReaderIndex(forwardBy: step)
      skipping -= step
      guard let byte = bytes.readInteger(as: UInt8.self) else { break }
      if known < 3 { length = length << 8 | Int(byte) }
      known += 1
      guard known == 9 else { continue }
      guard each(length) else { return false }
      (skipping, known, length) = (length, 0, 0)
    }
    return true
  }
}
