/// Base 64 (RFC 4648), strictly: one text for each sequence of bytes, so what is decoded can be compared as text.
package enum Base64 {
  package enum Alphabet: Sendable {
    /// `+` and `/` with padding: Structured Fields.
    case standard
    /// `-` and `_` without padding: JOSE, thumbprints, keys.
    case url
  }

  package static func encode(_ bytes: some Collection<UInt8>, _ alphabet: Alphabet = .url) -> String {
    let table = alphabet == .url ? urlCharacters : standardCharacters
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(table[Int(bits >> UInt32(count) & 0x3F)])
      }
    }
    if count > 0 { text.append(table[Int(bits << UInt32(6 - count) & 0x3F)]) }
    if alphabet == .standard { while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) } }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns nil for foreign characters, wrong padding and unused bits that are not zero.
  package static func decode(_ text: some Sequence<UInt8>, _ alphabet: Alphabet = .url) -> [UInt8]? {
    var characters = Array(text)
    if alphabet == .standard {
      guard characters.count.isMultiple(of: 4) else { return nil }
      for _ in 0..<2 where characters.last == UInt8(ascii: "=") { characters.removeLast() }
    }
    guard characters.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 4 * 3 + 2)
    var bits: UInt32 = 0
    var count = 0
    for character in characters {
      guard let value = value(of: character, alphabet) else { return nil }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    guard bits & ((1 << UInt32(count)) - 1) == 0 else { return nil }
    return bytes
  }

  package static func decode(_ text: String, _ alphabet: Alphabet = .url) -> [UInt8]? { decode(text.utf8, alphabet) }

  private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt32? {
    switch character {
    case 0x41...0x5A: UInt32(character) - 0x41
    case 0x61...0x7A: UInt32(character) - 0x61 + 26
    case 0x30...0x39: UInt32(character) - 0x30 + 52
    case UInt8(ascii: "+"): alphabet == .standard ? 62 : nil
    case UInt8(ascii: "/"): alphabet == .standard ? 63 : nil
    case UInt8(ascii: "-"): alphabet == .url ? 62 : nil
    case UInt8(ascii: "_"): alphabet == .url ? 63 : nil
    default: nil
    }
  }

  private static let standardCharacters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlCharacters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
