/// The parser of ``StructuredField``. Every method returns nil at the first byte that is not allowed.
struct StructuredFieldParser {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func dictionary() -> [StructuredField.Member]? {
    var members: [StructuredField.Member] = []
    skip(tabs: false)
    while offset < bytes.count {
      guard let key = key(), !members.contains(where: { $0.key == key }) else { return nil }
      guard let value = eat("=") ? memberValue() : parameters().map({ .item(.boolean(true), $0) }) else { return nil }
      members.append(StructuredField.Member(key: key, value: value))
      skip(tabs: true)
      if offset == bytes.count { return members }
      guard eat(",") else { return nil }
      skip(tabs: true)
      guard offset < bytes.count else { return nil }
    }
    return members
  }

  private mutating func memberValue() -> StructuredField.Value? {
    guard eat("(") else { return item().map { .item($0.bare, $0.parameters) } }
    var items: [StructuredField.Item] = []
    while true {
      skip(tabs: false)
      if eat(")") { return parameters().map { .innerList(items, $0) } }
      guard let item = item() else { return nil }
      items.append(item)
      guard offset < bytes.count, bytes[offset] == UInt8(ascii: " ") || bytes[offset] == UInt8(ascii: ")") else {
        return nil
      }
    }
  }

  private mutating func item() -> StructuredField.Item? {
    guard let bare = bare(), let parameters = parameters() else { return nil }
    return StructuredField.Item(bare: bare, parameters: parameters)
  }

  private mutating func parameters() -> [StructuredField.Parameter]? {
    var parameters: [StructuredField.Parameter] = []
    while eat(";") {
      skip(tabs: false)
      guard let key = key(), !parameters.contains(where: { $0.key == key }) else { return nil }
      guard let value = eat("=") ? bare() : .boolean(true) else { return nil }
      parameters.append(StructuredField.Parameter(key: key, value: value))
    }
    return parameters
  }

  private mutating func key() -> String? {
    let start = offset
    while offset < bytes.count, Self.isKeyByte(bytes[offset], first: offset == start) { offset += 1 }
    return offset > start ? String(decoding: bytes[start..<offset], as: UTF8.self) : nil
  }

  private mutating func bare() -> StructuredField.Bare? {
    guard offset < bytes.count else { return nil }
    switch bytes[offset] {
    case UInt8(ascii: "\""): return string()
    case UInt8(ascii: ":"): return byteSequence()
    case UInt8(ascii: "?"): return boolean()
    case UInt8(ascii: "-"), 0x30...0x39: return integer()
    case UInt8(ascii: "*"), 0x41...0x5A, 0x61...0x7A: return token()
    default: return nil
    }
  }

  private mutating func string() -> StructuredField.Bare? {
    offset += 1
    var text: [UInt8] = []
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return .string(String(decoding: text, as: UTF8.self))
      case UInt8(ascii: "\\"):
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: "\"") || bytes[offset] == UInt8(ascii: "\\") else {
          return nil
        }
        text.append(bytes[offset])
        offset += 1
      case 0x20...0x7E: text.append(byte)
      default: return nil
      }
    }
    return nil
  }

  private mutating func byteSequence() -> StructuredField.Bare? {
    let start = offset + 1
    guard let end = bytes[start...].firstIndex(of: UInt8(ascii: ":")),
      let decoded = Base64.decode(bytes[start..<end], .standard)
    else { return nil }
    offset = end + 1
    return .bytes(decoded)
  }

  private mutating func boolean() -> StructuredField.Bare? {
    guard offset + 1 < bytes.count, bytes[offset + 1] == 0x30 || bytes[offset + 1] == 0x31 else { return nil }
    offset += 2
    return .boolean(bytes[offset - 1] == 0x31)
  }

  /// At most 15 digits, as the RFC has it. Decimals are refused: nothing here uses them.
  private mutating func integer() -> StructuredField.Bare? {
    let start = offset
    if bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let digits = offset
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
    guard (1...15).contains(offset - digits), offset == bytes.count || bytes[offset] != UInt8(ascii: "."),
      let value = Int64(String(decoding: bytes[start..<offset], as: UTF8.self))
    else { return nil }
    return .integer(value)
  }

  private mutating func token() -> StructuredField.Bare? {
    let start = offset
    offset += 1
    while offset < bytes.count, Self.isTokenByte(bytes[offset]) { offset += 1 }
    return .token(String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  private mutating func eat(_ character: Unicode.Scalar) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func skip(tabs: Bool) {
    while offset < bytes.count, bytes[offset] == 0x20 || (tabs && bytes[offset] == 0x09) { offset += 1 }
  }

  private static func isKeyByte(_ byte: UInt8, first: Bool) -> Bool {
    switch byte {
    case 0x61...0x7A, UInt8(ascii: "*"): true
    case 0x30...0x39, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): !first
    default: false
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~:/".utf8.contains(byte)
    }
  }
}
