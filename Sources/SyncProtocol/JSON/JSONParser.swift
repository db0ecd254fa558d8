/// A strict, bounded parser of JSON (RFC 8259) for bytes from outside.
///
/// Refuses what parsers disagree about, so that everybody who reads the same signed bytes reads the same document: duplicate keys,
/// byte order marks, trailing bytes, lone surrogates, NUL, fractions and integers beyond 64 bits. The first error ends the parse.
public struct JSONParser {
  /// Parses exactly one document that fills `bytes`; white space around it is allowed.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
    var parser = try JSONParser(checking: bytes, limits: limits)
    let value = try parser.value(depth: 0)
    try parser.end()
    return value
  }

  /// As ``parse(_:limits:)``, but if the document is an object, the value of its member `name` is read by `read`, which begins before the value and
  /// must end behind it. The member is not in the result.
  static func parse(
    _ bytes: [UInt8], limits: JSONLimits, apart name: String,
    _ read: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) -> JSONValue {
    var parser = try JSONParser(checking: bytes, limits: limits)
    parser.skipWhiteSpace()
    let isObject = try parser.peek() == UInt8(ascii: "{")
    let value: JSONValue =
      isObject ? .object(try parser.object(depth: 1, apart: name, read)) : try parser.value(depth: 0)
    try parser.end()
    return value
  }

  let bytes: [UInt8]
  let limits: JSONLimits
  var offset = 0

  private init(checking bytes: [UInt8], limits: JSONLimits) throws(JSONError) {
    guard bytes.count <= limits.maximumBytes else { throw JSONError(.tooLarge, at: limits.maximumBytes) }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
      throw JSONError(.byteOrderMark, at: 0)
    }
    self.bytes = bytes
    self.limits = limits
  }

  private mutating func end() throws(JSONError) {
    skipWhiteSpace()
    guard offset == bytes.count else { throw JSONError(.trailingBytes, at: offset) }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipWhiteSpace()
    switch try peek() {
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), 0x30...0x39: return .integer(try integer())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "+"), UInt8(ascii: "."): throw JSONError(.numberForm, at: offset)
    case 0: throw JSONError(.nul, at: offset)
    default: throw JSONError(.unexpectedByte, at: offset)
    }
  }

  private mutating func object(
    depth: Int, apart name: String? = nil, _ read: (inout JSONParser) throws(JSONError) -> Void = { _ in }
  ) throws(JSONError) -> JSONObject {
    try enter(depth: depth)
    var object = JSONObject()
    var keys = KeySet()
    skipWhiteSpace()
    if try peek() == UInt8(ascii: "}") {
      offset += 1
      return object
    }
    while true {
      skipWhiteSpace()
      let start = offset
      guard try peek() == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, at: offset) }
      let key = try string()
      guard keys.insert(key) else { throw JSONError(.duplicateKey, at: start) }
      skipWhiteSpace()
      guard try peek() == UInt8(ascii: ":") else { throw JSONError(.unexpectedByte, at: offset) }
      offset += 1
      if let name, key.utf8.elementsEqual(name.utf8) {
        try read(&self)
      } else {
        object.append(uniqueKey: key, value: try value(depth: depth))
      }
      if try closes(with: UInt8(ascii: "}")) { return object }
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    var values: [JSONValue] = []
    try elements(depth: depth) { (parser) throws(JSONError) in values.append(try parser.value(depth: depth)) }
    return values
  }

  /// Parses an array whose opening bracket is at ``offset``; `element` begins before each element and must end behind it.
  mutating func elements(
    depth: Int, _ element: (inout JSONParser) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enter(depth: depth)
    skipWhiteSpace()
    if try peek() == UInt8(ascii: "]") {
      offset += 1
      return
    }
    while true {
      try element(&self)
      if try closes(with: UInt8(ascii: "]")) { return }
    }
  }

  private mutating func enter(depth: Int) throws(JSONError) {
    guard depth <= limits.maximumDepth else { throw JSONError(.tooDeep, at: offset) }
    offset += 1
  }

  /// Eats a comma (false) or the closing byte (true).
  private mutating func closes(with close: UInt8) throws(JSONError) -> Bool {
    skipWhiteSpace()
    let byte = try peek()
    guard byte == close || byte == UInt8(ascii: ",") else { throw JSONError(.unexpectedByte, at: offset) }
    offset += 1
    return byte == close
  }

  private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for expected in text.description.utf8 {
      guard try peek() == expected else { throw JSONError(.unexpectedByte, at: offset) }
      offset += 1
    }
    return value
  }

  private mutating func integer() throws(JSONError) -> Int64 {
    let start = offset
    let negative = bytes[offset] == UInt8(ascii: "-")
    if negative { offset += 1 }
    var value: Int64 = 0
    let firstDigit = offset
    while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) {
      let digit = Int64(bytes[offset] - 0x30)
      let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (next, carried) =
        negative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      guard !overflowed, !carried else { throw JSONError(.numberRange, at: start) }
      value = next
      offset += 1
    }
    let digits = offset - firstDigit
    guard digits > 0, digits == 1 || bytes[firstDigit] != 0x30, !(negative && value == 0) else {
      throw JSONError(.numberForm, at: start)
    }
    if offset < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[offset]) {
      throw JSONError(.numberForm, at: start)
    }
    return value
  }

  mutating func skipWhiteSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  func peek() throws(JSONError) -> UInt8 {
    guard offset < bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
    return bytes[offset]
  }
}

/// Which keys an object had so far, by bytes: a list for the usual few, a set of a randomly seeded hash for many.
private struct KeySet {
  private var few: [String] = []
  private var many: Set<[UInt8]> = []

  /// False when the key was there.
  mutating func insert(_ key: String) -> Bool {
    if few.count < 16 {
      for known in few where known.utf8.elementsEqual(key.utf8) { return false }
      few.append(key)
      if few.count == 16 { many = Set(few.map { Array($0.utf8) }) }
      return true
    }
    return many.insert(Array(key.utf8)).inserted
  }
}
