import Testing

@testable import SyncProtocol

@Suite("rows read straight from the bytes are those of the JSON")
struct PlainReaderTests {
  private let epoch: Epoch
  private let content: [UInt8]
  private let rows: [RowImage]

  init() throws {
    epoch = try Sample.epoch()
    rows = try [
      Sample.row("grant", "g1", fields: nil), Sample.row("grant", "g2", generation: 7, fields: nil),
      Sample.row("home", "ünï", generation: 123_456_789_012_345_678, fields: [("slug", "acme"), ("state", nil)]),
      Sample.row("user", "u1", fields: [("email", nil), ("name", "Ada 🏝")]),
      Sample.row("user", "u2", fields: [("email", "b@example.org"), ("name", "")]),
      Sample.row("zone", "z", generation: .max, fields: []),
    ]
    content = BatchContent.encode(try Sample.batch(rows: rows))
  }

  private func isPlain(_ group: String) -> Bool {
    var reader = PlainReader(offset: 0)
    var rows: [RowImage] = []
    return Array(group.utf8).withUnsafeBufferPointer { reader.group($0, epoch: 3, into: &rows) }
      && reader.offset == group.utf8.count
  }

  private func read(_ content: [UInt8]) -> [RowImage]? {
    do { return try BatchContent.parse(content, epoch: epoch).rows } catch { return nil }
  }

  /// By way of a document of all values.
  private func readAsDocument(_ content: [UInt8]) -> [RowImage]? {
    do {
      let limits = JSONLimits(maximumBytes: WireLimits.maximumInflatedBytes, maximumDepth: WireLimits.maximumDepth)
      var rows: [RowImage] = []
      let groups = try JSONReader(try JSONParser.parse(content, limits: limits)).field("groups")
      for group in try groups.array(maximum: WireLimits.maximumRowsPerBatch) {
        try BatchContent.decode(group, epoch: epoch.ordinal, into: &rows)
      }
      return rows
    } catch {
      return nil
    }
  }

  @Test("what this module writes is read so, and comes back as it was") func plain() throws {
    #expect(read(content) == rows)
    #expect(isPlain(#"{"kind":"user","head":"50","columns":["a","b"],"rows":[["k","0","x",null],["l","7",null,"é"]]}"#))
    #expect(isPlain(#"{"kind":"user","head":"50","columns":[],"rows":[["k","0"]]}"#))
    #expect(isPlain(#"{"kind":"user","head":"50","removes":[["k","0"]]}"#))
    #expect(isPlain(#"{"kind":"user","head":"50","removes":[]}"#))
  }

  @Test(
    "other spellings of the same rows are left to the parser, and read as well",
    arguments: [
      #" {"kind":"user","head":"50","columns":["name"],"rows":[["u1","0","Ada"]]}"#,
      #"{"kind":"user","head":"50","columns":["name"],"rows":[["u1","0","Ada"] ]}"#,
      #"{"kind":"user","head":"50","columns":["name"],"rows":[["u1","0","\u0041da"]]}"#,
      #"{"head":"50","kind":"user","columns":["name"],"rows":[["u1","0","Ada"]]}"#,
      #"{"kind":"user","head":"50","rows":[["u1","0","Ada"]],"columns":["name"]}"#,
      #"{"kind":"user","head":"50","columns":["name"],"rows":[["u1","0","Ada"]],"new":{"a":[1]}}"#,
    ])
  func otherSpellings(group: String) throws {
    #expect(!isPlain(group))
    let wanted = [try Sample.row("user", "u1", fields: [("name", "Ada")])]
    let plain = #"{"kind":"user","head":"50","columns":["name"],"rows":[["u1","0","Ada"]]}"#
    for groups in ["[\(group)]", "[\(plain),\(group)]", " [ \(group) , \(plain)]"] {
      let rows = read(Array(#"{"groups":\#(groups),"other":1}"#.utf8))
      #expect(rows == (groups.contains(",\(group)]") || groups.hasPrefix(" ") ? wanted + wanted : wanted))
    }
  }

  @Test(
    "what is no group is refused",
    arguments: [
      "", "{}", "null", "[", "[{]", #"{"kind":"user","head":"50"}"#,
      #"{"kind":"User","head":"50","columns":[],"rows":[]}"#, #"{"kind":"user","head":"05","columns":[],"rows":[]}"#,
      #"{"kind":"user","head":"50","columns":[""],"rows":[]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0","x","y"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","00","x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","-1","x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","9223372036854775808","x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k",0,"x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0",1]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["","0","x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0","x"],]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0","x"]"#,
      #"{"kind":"user","kind":"user","head":"50","columns":["a"],"rows":[["k","0","x"]]}"#,
    ])
  func refusals(group: String) {
    #expect(!isPlain(group))
    let content = Array(#"{"groups":[\#(group)]}"#.utf8)
    if group.isEmpty {
      #expect(read(content) == [])
    } else {
      #expect(read(content) == nil)
    }
    #expect(readAsDocument(content) == read(content))
  }

  @Test("the list must be there once, and be one") func shapes() {
    for text in [
      #"{}"#, #"[]"#, #"{"groups":null}"#, #"{"groups":{}}"#, #"{"groups":[],"groups":[]}"#, #"{"groups":[]} x"#,
    ] {
      #expect(read(Array(text.utf8)) == nil, "\(text)")
    }
    #expect(throws: JSONError.self) {
      try BatchContent.parse(Array(#"{"groups":[],"a":[[[[[[[[[1]]]]]]]]]}"#.utf8), epoch: epoch)
    }
  }

  @Test("bytes changed, taken out, put in or doubled by chance are read alike or refused alike", arguments: 0..<4)
  func alterations(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let odd = Array("{}[]\",:\\nul0123456789 -é\u{0}\u{1f}".utf8)
    var accepted = 0
    for _ in 0..<3000 {
      var altered = content
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<altered.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: altered[place] = odd.randomElement(using: &random) ?? 0
        case 1: altered.remove(at: place)
        case 2: altered.insert(odd.randomElement(using: &random) ?? 0, at: place)
        default: altered.insert(altered[place], at: place)
        }
      }
      let rows = read(altered)
      if rows != nil { accepted += 1 }
      #expect(rows == readAsDocument(altered))
    }
    // Else nothing was compared but refusals.
    #expect(accepted > 100)
  }
}
