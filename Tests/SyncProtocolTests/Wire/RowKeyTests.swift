import SyncProtocol
import Testing

@Suite("keys of rows") struct RowKeyTests {
  @Test("keys that differ only in their Unicode form are two keys") func bytes() throws {
    let composed = try #require(RowKey("\u{e9}"))
    let decomposed = try #require(RowKey("e\u{301}"))
    #expect(composed != decomposed)
    #expect(Set([composed, decomposed]).count == 2)
    #expect(decomposed < composed)
    #expect(!(composed < composed))
  }
}
