import Testing

@testable import SyncProtocol

@Suite("sealed batches") struct BatchTests {
  private let key: SigningKey
  private let known: KnownKey

  init() throws {
    key = try SigningKey(purpose: .stream)
    known = KnownKey(key: key.verificationKey, purpose: .stream)
  }

  private func code(_ sealed: SealedBatch, known: KnownKey?, stream: Int = 0, audience: Int = 7) throws -> WireError
    .Code?
  {
    do {
      _ = try sealed.open(by: known, stream: try Sample.silo(stream), audience: try Sample.silo(audience))
      return nil
    } catch let error as WireError {
      return error.code
    }
  }

  private func sealing(_ batch: Batch) -> WireError.Code? {
    do {
      _ = try SealedBatch(sealing: batch, key: key)
      return nil
    } catch let error as WireError {
      return error.code
    } catch {
      return .document
    }
  }

  @Test("what was sealed is opened as it was, rows in their order") func roundTrip() throws {
    for batch in [
      try Sample.batch(), try Sample.batch(to: 41, consistentAt: nil, rows: [], chainAfter: 1, completeAsOf: 0),
      try Sample.batch(rows: []),
    ] {
      let sealed = try SealedBatch(sealing: batch, key: key)
      #expect(try sealed.open(by: known, stream: .control, audience: Sample.silo(7)) == batch)
      #expect(try SealedBatch(sealing: batch, key: key).content == sealed.content)
    }
  }

  @Test("a batch for another silo, of another stream or by another key is refused") func address() throws {
    let sealed = try SealedBatch(sealing: try Sample.batch(), key: key)
    #expect(try code(sealed, known: known) == nil)
    #expect(try code(sealed, known: known, audience: 8) == .address)
    #expect(try code(sealed, known: known, stream: 7, audience: 7) == .address)
    #expect(try code(sealed, known: nil) == .sealKey)
    let other = try SigningKey(purpose: .stream)
    #expect(try code(sealed, known: KnownKey(key: other.verificationKey, purpose: .stream)) == .sealKey)
    for purpose in KeyPurpose.allCases where purpose != .stream {
      #expect(try code(sealed, known: KnownKey(key: key.verificationKey, purpose: purpose)) == .sealKey)
    }
    for state: KnownKey.State in [.next, .revoked] {
      #expect(try code(sealed, known: KnownKey(key: key.verificationKey, purpose: .stream, state: state)) == .sealKey)
    }
    let retired = KnownKey(key: key.verificationKey, purpose: .stream, state: .retired)
    #expect(try code(sealed, known: retired) == nil)
    #expect(throws: WireError.self) {
      try SealedBatch(sealing: try Sample.batch(), key: try SigningKey(purpose: .control))
    }
  }

  @Test("every rule of a batch is checked when it is sealed") func rules() throws {
    #expect(sealing(try Sample.batch()) == nil)
    #expect(sealing(try Sample.batch(from: 45)) == .interval)
    #expect(sealing(try Sample.batch(to: 51)) == .interval)
    #expect(sealing(try Sample.batch(to: 41, chainAfter: 1)) == .interval)
    #expect(sealing(try Sample.batch(to: 41, rows: [])) == .interval)
    #expect(sealing(try Sample.batch(consistentAt: 51)) == .interval)
    #expect(sealing(try Sample.batch(completeAsOf: -1)) == .interval)
    #expect(sealing(try Sample.batch(stream: 7)) == .address)
    let row = try Sample.row("user", "u1", fields: [("name", "x")])
    #expect(sealing(try Sample.batch(rows: [row, row])) == .rowOrder)
    #expect(sealing(try Sample.batch(rows: try Sample.rows().reversed())) == .rowOrder)
    #expect(sealing(try Sample.batch(rows: [try Sample.row("user", "u1", head: 51, fields: nil)])) == .interval)
    #expect(sealing(try Sample.batch(rows: [try Sample.row("user", "u1", generation: -1, fields: nil)])) == .interval)
    for name in ["", "_head", "Name", "na me", "é", "1a", String(repeating: "a", count: 64)] {
      #expect(sealing(try Sample.batch(rows: [try Sample.row("user", "u1", fields: [(name, nil)])])) == .column)
    }
    let twice = try Sample.row("user", "u1", fields: [("a", nil), ("a", nil)])
    #expect(sealing(try Sample.batch(rows: [twice])) == .column)
    let nul = try Sample.row("user", "u1", fields: [("a", "x\u{0}y")])
    #expect(sealing(try Sample.batch(rows: [nul])) == .column)
    let long = try Sample.row("user", "u1", fields: [("a", String(repeating: "x", count: 1024 * 1024 + 1))])
    #expect(sealing(try Sample.batch(rows: [long])) == .limit)
    let wide = try Sample.row("user", "u1", fields: (100..<357).map { ("c\($0)", nil) })
    #expect(sealing(try Sample.batch(rows: [wide])) == .limit)
  }

  /// A batch whose seal is right and whose content is `text`.
  private func sealed(content text: String) throws -> SealedBatch {
    let content = Array(text.utf8)
    let batch = try Sample.batch()
    let envelope = try BatchEnvelope(sealing: batch, digest: ContentDigest(of: content), key: key)
    return SealedBatch(envelope: envelope, content: content)
  }

  @Test(
    "sealed content that is not what a batch holds is refused",
    arguments: [
      "", "[]", "{}", "{\"head\":50}",
      #"{"head":"50","consistent_at":null,"complete_as_of":"0","complete_snapshot":"1:1:,","groups":[]}"#,
      #"{"head":"50","consistent_at":null,"complete_as_of":"0","complete_snapshot":"+1:1:","groups":[]}"#,
      #"{"head":"050","consistent_at":null,"complete_as_of":"0","complete_snapshot":"1:1:","groups":[]}"#,
      #"{"head":"50","consistent_at":null,"complete_as_of":"-1","complete_snapshot":"1:1:","groups":[]}"#,
      #"{"head":"50","head":"51","consistent_at":null,"complete_as_of":"0","complete_snapshot":"1:1:","groups":[]}"#,
    ])
  func content(text: String) throws { #expect(try code(try sealed(content: text), known: known) == .document) }

  @Test(
    "groups of another shape are refused",
    arguments: [
      "{}", "1", #"{"kind":"user","head":"50"}"#, #"{"kind":"User","head":"50","removes":[]}"#,
      #"{"kind":"user","head":"50","removes":[["a"]]}"#, #"{"kind":"user","head":"50","removes":[["a",0]]}"#,
      #"{"kind":"user","head":"50","removes":[["","0"]]}"#, #"{"kind":"user","head":"50","removes":[["a","0","x"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":[["k","0",1]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"removes":[["k","0"]]}"#,
      #"{"kind":"user","head":"50","columns":["a"],"rows":{}}"#,
      #"{"kind":"user","head":"50","columns":[""],"rows":[]}"#,
    ])
  func groups(group: String) throws {
    let text =
      #"{"head":"50","consistent_at":null,"complete_as_of":"0","complete_snapshot":"1:1:","groups":["# + group + "]}"
    #expect(try code(try sealed(content: text), known: known) == .document)
  }

  @Test("rules hold for sealed content of a sender that breaks them") func rulesOnArrival() throws {
    let prefix = #"{"head":"50","consistent_at":null,"complete_as_of":"0","complete_snapshot":"1:1:","groups":["#
    let cases: [(String, WireError.Code)] = [
      (#"{"kind":"user","head":"50","removes":[["b","0"],["a","0"]]}"#, .rowOrder),
      (#"{"kind":"user","head":"50","removes":[["a","0"],["a","0"]]}"#, .rowOrder),
      (#"{"kind":"user","head":"51","removes":[["a","0"]]}"#, .interval),
      (#"{"kind":"user","head":"50","columns":["_head"],"rows":[["a","0","9"]]}"#, .column),
      (#"{"kind":"user","head":"50","columns":["b","a"],"rows":[["a","0","9","9"]]}"#, .column),
    ]
    for (group, expected) in cases {
      #expect(try code(try sealed(content: prefix + group + "]}"), known: known) == expected, "\(group)")
    }
  }

  @Test("no change of one byte of envelope or content is accepted") func mutations() throws {
    let sealed = try SealedBatch(sealing: try Sample.batch(), key: key)
    var accepted = 0
    for index in sealed.content.indices {
      for flip: UInt8 in [0x01, 0x80] {
        var content = sealed.content
        content[index] ^= flip
        if try code(SealedBatch(envelope: sealed.envelope, content: content), known: known) == nil { accepted += 1 }
      }
    }
    let document = JSONWriter.write(sealed.envelope.json)
    for index in document.indices {
      for flip: UInt8 in [0x01, 0x02, 0x10, 0x20, 0x80] {
        var mutated = document
        mutated[index] ^= flip
        guard let value = try? JSONParser.parse(mutated), let envelope = try? BatchEnvelope(JSONReader(value)) else {
          continue
        }
        if try code(SealedBatch(envelope: envelope, content: sealed.content), known: known) == nil { accepted += 1 }
      }
    }
    #expect(accepted == 0)
  }

  @Test("random batches come back as they were", arguments: 0..<60) func property(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var rows: [RowImage] = []
    for _ in 0..<Int.random(in: 0..<40, using: &generator) {
      let kind = ["user", "grant", "a_1"][Int.random(in: 0..<3, using: &generator)]
      let key = JSONParserTests.text(using: &generator) + "k\(rows.count)"
      let names = ["a", "b", "c"].filter { _ in Bool.random(using: &generator) }
      let fields: [(String, String?)]? =
        Int.random(in: 0..<4, using: &generator) == 0
        ? nil
        : names.map { ($0, Bool.random(using: &generator) ? nil : JSONParserTests.text(using: &generator)) }
      rows.append(
        try Sample.row(
          kind, key, generation: Int64(generator.next() >> 1), head: Int64.random(in: 0...50, using: &generator),
          fields: fields))
    }
    let batch = try Sample.batch(rows: rows.sorted { $0.row < $1.row })
    let sealed = try SealedBatch(sealing: batch, key: key)
    #expect(try sealed.open(by: known, stream: .control, audience: Sample.silo(7)) == batch)
  }
}
