/// Percent-encoding of URLs (RFC 3986 §2.1), read strictly: nothing broken is repaired.
package enum PercentDecoding {
  /// The text that a piece of a path stands for, every escape resolved once; nil for broken escapes, control bytes and what is not UTF-8.
  package static func text(_ encoded: some StringProtocol) -> String? {
    guard encoded.utf8.contains(UInt8(ascii: "%")) else { return String(encoded) }
    var bytes: [UInt8] = []
    var rest = encoded.utf8.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let escaped = Self.byte(&rest) else { return nil }
      bytes.append(escaped)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The byte that the next two hexadecimal digits stand for, or nil.
  static func byte(_ rest: inout some IteratorProtocol<UInt8>) -> UInt8? {
    guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
    return high << 4 | low
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
