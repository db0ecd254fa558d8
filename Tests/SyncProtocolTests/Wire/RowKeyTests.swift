import Testing

@testable import SyncProtocol

@Suite("keys of rows") struct RowKeyTests {
  @Test("keys that differ only in their Unicode form are two keys") func bytes() throws {
    let composed = try #require(RowKey("\u{e9}"))
    let decomposed = try #require(RowKey("e\u{301}"))
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(decomposed < composed)
    #expect(!(composed < composed))
  }

  @Test("keys are compared by bytes, whatever they hold") func order() throws {
    let texts = [
      "a", "aa", "ab", "b", "Z", "10", "9", "\u{e9}", "e\u{301}", "\u{1F3DD}", String(repeating: "k", count: 40),
    ]
    for left in texts {
      for right in texts {
        let (first, second) = (try #require(RowKey(left)), try #require(RowKey(right)))
        #expect((first < second) == left.utf8.lexicographicallyPrecedes(right.utf8), "\(left) \(right)")
      }
    }
    #expect(RowKey("a\u{0}b") == nil)
    #expect(RowKey(String(repeating: "k", count: 255) + "\u{0}") == nil)
    #expect(RowKey("") == nil)
  }

  @Test("a plain integer is the one form of its number, and anything else none") func plainIntegers() {
    for text in ["0", "7", "-7", "10", "999999999999999999", "-999999999999999999"] {
      #expect(text.plainInteger == Int64(text), "\(text)")
    }
    for text in [
      "", "-", "-0", "007", "00", "-07", "+7", "--7", "7-", " 7", "7 ", "7.0", "1e3", "1000000000000000000", "٧", "x",
    ] {
      #expect(text.plainInteger == nil, "\(text)")
    }
  }
}
