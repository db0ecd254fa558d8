import Testing

@testable import SyncProtocol

@Suite("structured fields") struct StructuredFieldTests {
  @Test("dictionaries of items and inner lists are read and written back canonically") func read() throws {
    let field = try #require(StructuredField(#"a=("x" "y";req);n=-5;t=tok;s="q\"\\";b;z=?0 ,  c=:AAE=:,d"#))
    guard case .innerList(let items, let parameters) = field["a"] else {
      Issue.record("no inner list")
      return
    }
    #expect(StructuredField.serialize(items, parameters) == #"("x" "y";req);n=-5;t=tok;s="q\"\\";b;z=?0"#)
    #expect(field["c"] == .item(.bytes([0, 1]), []))
    #expect(field["d"] == .item(.boolean(true), []))
    #expect(field["e"] == nil)
  }

  @Test(
    "what the RFC refuses or silently replaces is refused",
    arguments: [
      "a=1,a=2", "a;x=1;x=2", "a=(\"x\";p;p)", "A=1", "a=", "a=1,", ",a=1", "a=1 b=2", "a=(", "a=(1", "a=(1)2",
      "a=(1,2)",
      "a=\"x", "a=\"\\x\"", "a=\"é\"", "a=:AA:", "a=:AAE", "a=:A A=:", "a=?2", "a=?", "a=1.5", "a=1234567890123456",
      "a=-",
      "a=;", "a;=1", "1a=1", "a=@1", "a=(1\t2)",
    ])
  func refused(text: String) { #expect(StructuredField(text) == nil) }

  @Test("no text traps the parser", arguments: 0..<300) func fuzz(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let alphabet = Array(#"sync=("@path";req "a");created=1;n="x\":,?01-.* \#t:AA==:é"#)
    for _ in 0..<50 {
      let text = String(
        (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        })
      _ = StructuredField(text)
      let fields = MessageFields([
        ("signature-input", "sync=" + text), ("signature", "sync=:AA==:"), ("content-digest", text),
      ])
      do throws(VerificationFailure) {
        _ = try ReceivedRequest(RequestHead(path: "/", fields: fields))
        Issue.record("accepted")
      } catch {
        #expect(VerificationFailure.Code.allCases.contains(error.code))
      }
    }
  }
}
