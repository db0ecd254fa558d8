import SyncProtocol
import Testing

@Suite("taking documents apart") struct JSONReaderTests {
  private let reader = JSONReader([
    "name": "eu", "count": 3, "cursors": [["position": "41"], ["position": "041"]], "none": nil, "flag": true,
  ])

  private func message(_ work: () throws -> Void) -> String {
    do {
      try work()
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("members come with their types") func types() throws {
    #expect(try reader.field("name").string() == "eu")
    #expect(try reader.field("count").integer(in: 0...3) == 3)
    #expect(try reader.field("flag").bool())
    #expect(try reader.field("cursors").array(maximum: 2)[0].field("position").decimal() == 41)
    #expect(try reader.optional("none") == nil)
    #expect(try reader.optional("absent") == nil)
  }

  @Test("an error names path and expectation, never the value") func errors() {
    #expect(message { _ = try reader.field("absent") } == "absent: expected this member")
    #expect(message { _ = try reader.field("name").integer(in: 0...9) } == "name: expected an integer from 0 to 9")
    #expect(message { _ = try reader.field("count").integer(in: 4...9) } == "count: expected an integer from 4 to 9")
    #expect(
      message { _ = try reader.field("cursors").array(maximum: 2)[1].field("position").decimal() }
        == "cursors[1].position: expected a string of decimal digits")
    #expect(message { _ = try reader.field("cursors").array(maximum: 1) } == "cursors: expected at most 1 elements")
    #expect(message { _ = try reader.field("name").string(bytes: 3...5) } == "name: expected a string of 3 to 5 bytes")
    #expect(message { try reader.only("name") }.contains("only the members name"))
    #expect(message { _ = try JSONReader([]).field("a") } == "document: expected an object")
  }
}
