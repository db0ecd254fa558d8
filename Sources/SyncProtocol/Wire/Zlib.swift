internal import CZlib

/// zlib streams (RFC 1950) in memory. Inflating is bounded: a small message cannot become a large one.
package enum Zlib {
  /// Compresses fast rather than small.
  package static func deflate(_ bytes: [UInt8]) throws(WireError) -> [UInt8] {
    var length = compressBound(uLong(bytes.count))
    var output = [UInt8](repeating: 0, count: Int(length))
    guard compress2(&output, &length, bytes, uLong(bytes.count), Z_BEST_SPEED) == Z_OK else {
      throw WireError(.compression, "zlib refused to compress")
    }
    output.removeLast(output.count - Int(length))
    return output
  }

  /// - Parameter maximumBytes: Of the output; more is `too_large`.
  /// - Throws: `compression` unless `bytes` are exactly one complete stream without a preset dictionary.
  package static func inflate(_ bytes: [UInt8], maximumBytes: Int) throws(WireError) -> [UInt8] {
    guard bytes.count <= Int(UInt32.max), maximumBytes < Int(UInt32.max) else {
      throw WireError(.tooLarge, "the stream")
    }
    var output: [UInt8] = []
    output.reserveCapacity(min(maximumBytes, 4 * bytes.count) + 64 * 1024)
    var stream = z_stream()
    guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw WireError(.compression, "zlib did not start")
    }
    defer { inflateEnd(&stream) }
    var input = bytes
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    let failure: WireError? = input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      while true {
        let status = chunk.withUnsafeMutableBufferPointer { chunk in
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(chunk.count)
          return CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        output.append(contentsOf: chunk[..<(chunk.count - Int(stream.avail_out))])
        if output.count > maximumBytes { return WireError(.tooLarge, "inflates to more than \(maximumBytes) bytes") }
        if status == Z_STREAM_END {
          return stream.avail_in == 0 ? nil : WireError(.compression, "bytes after the stream")
        }
        guard status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else {
          return WireError(.compression, "not a complete zlib stream")
        }
      }
    }
    if let failure { throw failure }
    return output
  }
}
