extension ParameterList {
  /// The parallel arrays libpq wants. Valid inside the closure of `withPointers` only.
  @unsafe struct Pointers {
    var count: Int32
    var types: UnsafePointer<UInt32>?
    var values: UnsafePointer<UnsafePointer<CChar>?>?
    var lengths: UnsafePointer<Int32>?
    var formats: UnsafePointer<Int32>?
  }

  private static let binaryFormat: Int32 = 1

  /// Lends pointers into the arena; libpq copies what it needs before it returns.
  func withPointers<Result>(_ body: (Pointers) -> Result) -> Result {
    guard !entries.isEmpty else {
      return unsafe body(Pointers(count: 0, types: nil, values: nil, lengths: nil, formats: nil))
    }
    let types = entries.map(\.type.rawValue)
    let lengths = entries.map { Int32(truncatingIfNeeded: $0.length) }
    let formats = [Int32](repeating: Self.binaryFormat, count: entries.count)
    // An empty value that is not NULL needs an address too.
    let bytes = arena.isEmpty ? [0] : arena
    return unsafe bytes.withUnsafeBytes { buffer in
      let base = buffer.baseAddress
      let values: [UnsafePointer<CChar>?] = unsafe entries.map { entry in
        entry.isNull ? nil : unsafe base?.advanced(by: entry.offset).assumingMemoryBound(to: CChar.self)
      }
      return unsafe values.withUnsafeBufferPointer { values in
        unsafe types.withUnsafeBufferPointer { types in
          unsafe lengths.withUnsafeBufferPointer { lengths in
            unsafe formats.withUnsafeBufferPointer { formats in
              unsafe body(
                Pointers(
                  count: Int32(truncatingIfNeeded: entries.count), types: types.baseAddress,
                  values: values.baseAddress, lengths: lengths.baseAddress, formats: formats.baseAddress))
            }
          }
        }
      }
    }
  }
}
