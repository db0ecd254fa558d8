import SyncProtocol
import Testing

@Suite("strict JSON") struct JSONParserTests {
  private func parse(_ text: String, _ limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
    try JSONParser.parse(Array(text.utf8), limits: limits)
  }

  private func code(_ text: String, _ limits: JSONLimits = JSONLimits()) -> JSONError.Code? {
    code(Array(text.utf8), limits)
  }

  private func code(_ bytes: [UInt8], _ limits: JSONLimits = JSONLimits()) -> JSONError.Code? {
    do throws(JSONError) {
      _ = try JSONParser.parse(bytes, limits: limits)
      return nil
    } catch {
      return error.code
    }
  }

  @Test("every kind of value is read") func values() throws {
    let value = try parse(#" {"a":[1,-2,0],"b":{"c":null,"d":true,"e":false},"f":"x\"\\\/\b\f\n\r\té😀"} "#)
    #expect(
      value == [
        "a": [1, -2, 0], "b": ["c": nil, "d": true, "e": false], "f": "x\"\\/\u{8}\u{C}\n\r\té😀",
      ])
    #expect(try parse(#""\u00e9\ud83d\ude00\u0041""#) == "é😀A")
    #expect(try parse("[]") == [])
    #expect(try parse("{}") == .object([:]))
  }

  @Test("the largest and smallest integers are read and nothing beyond them") func integers() throws {
    #expect(try parse("9223372036854775807") == .integer(Int64.max))
    #expect(try parse("-9223372036854775808") == .integer(Int64.min))
    #expect(code("9223372036854775808") == .numberRange)
    #expect(code("-9223372036854775809") == .numberRange)
    #expect(code("99999999999999999999999999") == .numberRange)
  }

  @Test(
    "number forms on which parsers differ are refused",
    arguments: ["1.0", "1e3", "1E3", "-0", "01", "-01", "+1", ".5", "-", "00", "1.", "0x10", "1_000"])
  func numberForms(text: String) {
    #expect([.numberForm, .trailingBytes].contains(code(text)))
  }

  @Test(
    "what is not JSON is refused",
    arguments: [
      "", " ", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "{a:1}", "{'a':1}", "[", "{", "\"", "tru", "nul", "NaN",
      "Infinity", "// x\n1", "/* */1", "[1]]", "1 2", "{\"a\":1}x", "{\"a\":}", "{,}", "[,]", "\u{FEFF}1", "\"\\x\"",
      "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"\t\"", "\"\u{1F}\"", "\u{0B}1", "\u{A0}1",
    ])
  func refused(text: String) { #expect(code(text) != nil) }

  @Test("refusals name their code and place") func codes() throws {
    #expect(code("{\"a\":1,\"a\":2}") == .duplicateKey)
    #expect(code("{\"a\":1,\"\\u0061\":2}") == .duplicateKey)
    #expect(code("{\"a\":1}\n{}") == .trailingBytes)
    #expect(code("[1,") == .unexpectedEnd)
    #expect(code("\"\u{0}\"") == .nul)
    #expect(code("\"\\u0000\"") == .nul)
    #expect(code([0x31, 0]) == .trailingBytes)
    #expect(code("\"\\ud800\"") == .loneSurrogate)
    #expect(code("\"\\udc00\"") == .loneSurrogate)
    #expect(code("\"\\ud800\\u0041\"") == .loneSurrogate)
    #expect(code("\"\\ud800x\"") == .loneSurrogate)
    #expect(code([0xEF, 0xBB, 0xBF, 0x31]) == .byteOrderMark)
    #expect(code([0xFE, 0xFF, 0, 0x31]) == .byteOrderMark)
    for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
      #expect(code([0x22] + bad + [0x22]) == .invalidUTF8)
      #expect(code([0x22, 0x5C, 0x6E] + bad + [0x22]) == .invalidUTF8)
    }
    do {
      _ = try parse("{\"a\":[1,2,x]}")
      Issue.record("accepted")
    } catch {
      #expect(error.offset == 10)
      #expect(error.description == "unexpected_byte at byte 10")
    }
  }

  @Test("depth and size are bounded") func limits() {
    let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
    #expect(code(deep) == .tooDeep)
    #expect(code(String(deep.dropFirst().dropLast())) == nil)
    #expect(code(String(repeating: "[", count: 60_000)) == .tooDeep)
    #expect(code("[1,2,3]", JSONLimits(maximumBytes: 6)) == .tooLarge)
    #expect(code("[1,2,3]", JSONLimits(maximumBytes: 7)) == nil)
  }

  @Test("keys that differ only in their Unicode form are two keys, and ten thousand keys are quick") func keys() throws
  {
    let object = try parse("{\"e\u{301}\":1,\"\u{e9}\":2,\"\u{212A}\":3,\"K\":4}")
    guard case .object(let members) = object else {
      Issue.record("no object")
      return
    }
    #expect(members.members.count == 4)
    #expect(members["K"] == 4)
    #expect(members["e\u{301}"] == 1)
    let many = "{" + (0..<10_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
    #expect(code(many, JSONLimits(maximumBytes: 1 << 20)) == nil)
    #expect(code(many.dropLast() + ",\"k5\":1}", JSONLimits(maximumBytes: 1 << 20)) == .duplicateKey)
  }

  @Test("what is written is read back as the same value, and written again as the same bytes", arguments: 0..<200)
  func roundTrip(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let value = Self.value(depth: 0, using: &generator)
    let bytes = JSONWriter.write(value)
    let again = try JSONParser.parse(bytes)
    #expect(again == value)
    #expect(JSONWriter.write(again) == bytes)
    #expect(!bytes.contains(0x0A))
  }

  @Test("no change of one byte and no cut traps the parser", arguments: 0..<40)
  func mutations(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let bytes = JSONWriter.write(Self.value(depth: 0, using: &generator))
    for index in bytes.indices {
      var mutated = bytes
      mutated[index] = UInt8.random(in: .min ... .max, using: &generator)
      if let value = try? JSONParser.parse(mutated) {
        #expect((try? JSONParser.parse(JSONWriter.write(value))) == value)
      }
      #expect((try? JSONParser.parse(Array(bytes[..<index]))) == nil || isNumber(bytes))
    }
  }

  private func isNumber(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) } }

  static func value(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 4 ? 4 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .integer(Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator))
    case 3: return .string(text(using: &generator))
    case 4:
      return .array(
        (0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth: depth + 1, using: &generator) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0..<5, using: &generator) {
        object[text(using: &generator)] = value(depth: depth + 1, using: &generator)
      }
      return .object(object)
    }
  }

  static func text(using generator: inout SeededGenerator) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0..<12, using: &generator) {
      let ranges: [ClosedRange<UInt32>] = [1...0x1F, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF]
      let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { text.unicodeScalars.append(scalar) }
    }
    return text
  }
}
