/// Writes values behind each other, integers with the highest byte first.
struct PackedWriter: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func integer(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func key(_ key: DirectoryKey) {
    integer(key.high)
    integer(key.low)
  }

  /// At most 255 bytes.
  mutating func text(_ text: String) {
    let utf8 = text.utf8.prefix(255)
    byte(UInt8(truncatingIfNeeded: utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func long(_ value: [UInt8]) {
    integer(UInt32(truncatingIfNeeded: value.count))
    bytes.append(contentsOf: value)
  }

  mutating func list<Element>(_ elements: [Element], _ write: (inout PackedWriter, Element) -> Void) {
    integer(UInt32(truncatingIfNeeded: elements.count))
    for element in elements { write(&self, element) }
  }
}

/// Reads what ``PackedWriter`` wrote; nil for everything behind the end.
struct PackedReader: Sendable {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  var isAtEnd: Bool { place == bytes.endIndex }

  mutating func byte() -> UInt8? {
    guard place < bytes.endIndex else { return nil }
    defer { place += 1 }
    return bytes[place]
  }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    guard let raw = take(MemoryLayout<Value>.size) else { return nil }
    return raw.withUnsafeBytes { Value(bigEndian: $0.loadUnaligned(as: Value.self)) }
  }

  mutating func key() -> DirectoryKey? {
    guard let high = integer(UInt64.self), let low = integer(UInt64.self) else { return nil }
    return DirectoryKey(high: high, low: low)
  }

  mutating func text() -> String? {
    guard let count = byte(), let raw = take(Int(count)) else { return nil }
    return String(decoding: raw, as: UTF8.self)
  }

  mutating func long() -> ArraySlice<UInt8>? { integer(UInt32.self).flatMap { take(Int($0)) } }

  mutating func list<Element>(_ read: (inout PackedReader) -> Element?) -> [Element]? {
    guard let count = integer(UInt32.self), Int(count) <= bytes.endIndex - place else { return nil }
    var elements: [Element] = []
    elements.reserveCapacity(Int(count))
    for _ in 0..<count {
      guard let element = read(&self) else { return nil }
      elements.append(element)
    }
    return elements
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= bytes.endIndex - place else { return nil }
    defer { place += count }
    return bytes[place..<place + count]
  }
}
