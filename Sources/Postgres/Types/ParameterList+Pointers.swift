extension ParameterList {
  /// The parallel arrays libpq wants. Valid inside the closure of `withPointers` only.
  @unsafe struct Pointers {
    var count: Int32
    var values: UnsafePointer<UnsafePointer<CChar>?>?
    var lengths: UnsafePointer<Int32>?
    var formats: UnsafePointer<Int32>?
  }

  /// The protocol counts parameters in 16 bits.
  static let maximumCount = 65_535

  /// libpq's code of the binary format, once for each possible parameter.
  private static let binaryFormats = [Int32](repeating: 1, count: maximumCount)

  /// Lends pointers into the arena; libpq copies what it needs before it returns. There are at most `maximumCount` parameters.
  func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
    guard !isEmpty else {
      return unsafe body(Pointers(count: 0, values: nil, lengths: nil, formats: nil))
    }
    // An empty value that is not NULL needs an address too.
    let bytes = arena.isEmpty ? [0] : arena
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      let base = unsafe UnsafeRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
      return unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
        for index in 0..<count {
          let offset = offsets[index]
          unsafe values.initializeElement(at: index, to: offset < 0 ? nil : base?.advanced(by: offset))
        }
        return unsafe lengths.withUnsafeBufferPointer { lengths in
          unsafe Self.binaryFormats.withUnsafeBufferPointer { formats in
            unsafe body(
              Pointers(
                count: Int32(truncatingIfNeeded: count), values: UnsafePointer(values.baseAddress),
                lengths: lengths.baseAddress, formats: formats.baseAddress))
          }
        }
      }
    }
  }
}
