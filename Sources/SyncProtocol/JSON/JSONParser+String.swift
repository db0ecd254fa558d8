extension JSONParser {
  /// Parses a string whose opening quote is at ``offset``. Without escapes the bytes are checked and copied once.
  mutating func string() throws(JSONError) -> String {
    let quote = offset
    offset += 1
    let start = offset
    var united: UInt8 = 0
    while true {
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        let slice = bytes[start..<offset]
        // ASCII needs no validation, which costs more than the copy.
        let text = united < 0x80 ? String(decoding: slice, as: UTF8.self) : String(validating: slice, as: UTF8.self)
        guard let text else { throw JSONError(.invalidUTF8, at: quote) }
        offset += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(quote: quote, start: start)
      case 0: throw JSONError(.nul, at: offset)
      case 0..<0x20: throw JSONError(.controlCharacter, at: offset)
      default:
        united |= byte
        offset += 1
      }
    }
  }

  private mutating func escapedString(quote: Int, start: Int) throws(JSONError) -> String {
    var buffer = Array(bytes[start..<offset])
    while true {
      let byte = try peek()
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: buffer, as: UTF8.self) else { throw JSONError(.invalidUTF8, at: quote) }
        offset += 1
        return text
      case UInt8(ascii: "\\"): try escape(into: &buffer)
      case 0: throw JSONError(.nul, at: offset)
      case 0..<0x20: throw JSONError(.controlCharacter, at: offset)
      default:
        buffer.append(byte)
        offset += 1
      }
    }
  }

  private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
    let start = offset
    offset += 1
    let byte = try peek()
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"): buffer.append(contentsOf: String(try scalar(start: start)).utf8)
    default: throw JSONError(.invalidEscape, at: start)
    }
  }

  /// The character of a `\u` escape, or of two that make a surrogate pair.
  private mutating func scalar(start: Int) throws(JSONError) -> Character {
    let unit = try hexadecimal(start: start)
    if let scalar = Unicode.Scalar(unit) {
      guard unit != 0 else { throw JSONError(.nul, at: start) }
      return Character(scalar)
    }
    guard unit < 0xDC00, offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
      bytes[offset + 1] == UInt8(ascii: "u")
    else { throw JSONError(.loneSurrogate, at: start) }
    offset += 2
    let low = try hexadecimal(start: start)
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    else { throw JSONError(.loneSurrogate, at: start) }
    return Character(scalar)
  }

  private mutating func hexadecimal(start: Int) throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      guard let digit = Hexadecimal.digit(byte) ?? Hexadecimal.digit(byte | 0x20) else {
        throw JSONError(.invalidEscape, at: start)
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
