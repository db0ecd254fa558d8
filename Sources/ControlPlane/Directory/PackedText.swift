/// Short texts behind each other in one allocation. What is replaced leaves a gap until somebody packs anew.
struct PackedText: Sendable {
  /// Where a text lies.
  struct Place: Sendable, Hashable {
    let offset: UInt32
    let length: UInt8
  }

  private var bytes: [UInt8] = []
  private var gaps = 0

  var footprint: Int { bytes.capacity }

  /// Whether packing anew is worth its while.
  var isSparse: Bool { gaps > 16_384 && gaps * 2 > bytes.count }

  /// - Parameter text: at most 255 bytes.
  mutating func add(_ text: UnsafeBufferPointer<UInt8>) -> Place {
    let place = Place(offset: UInt32(truncatingIfNeeded: bytes.count), length: UInt8(truncatingIfNeeded: text.count))
    if bytes.capacity < bytes.count + text.count {
      bytes.reserveCapacity(bytes.count + max(256, bytes.count / 4))
    }
    bytes.append(contentsOf: text.prefix(255))
    return place
  }

  mutating func drop(_ place: Place) { gaps += Int(place.length) }

  func equals(_ place: Place, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard Int(place.length) == text.count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      let start = Int(place.offset)
      for index in 0..<text.count where bytes[start + index] != text[index] { return false }
      return true
    }
  }

  func withText<Result>(_ place: Place, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { bytes in
      body(UnsafeBufferPointer(rebasing: bytes[Int(place.offset)..<Int(place.offset) + Int(place.length)]))
    }
  }

  func string(_ place: Place) -> String { withText(place) { String(decoding: $0, as: UTF8.self) } }
}
