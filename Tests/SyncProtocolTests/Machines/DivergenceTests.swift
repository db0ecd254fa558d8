import Testing

@testable import SyncProtocol

@Suite("Comparisons: digests and verdicts") struct DivergenceTests {
  private static let epoch = Epoch(ordinal: 3, id: String(repeating: "a", count: 32))

  private func subject(salt: UInt8 = 1) throws -> ComparisonSubject {
    ComparisonSubject(
      stream: .control, audience: try #require(SiloNumber(7)), kind: Kind("user"), columns: ["email", "name"],
      salt: [UInt8](repeating: salt, count: 16))
  }

  private func fields(_ email: String?, _ name: String?) -> [RowImage.Field] {
    [RowImage.Field(name: "email", value: email), RowImage.Field(name: "name", value: name)]
  }

  private func position(_ value: Int64) throws -> Position { try #require(Position(value)) }

  @Test("a digest does not depend on the order of rows, and does on salt, receiver, NULL and every value")
  func digests() throws {
    let subject = try subject()
    let a = try #require(RowKey("a"))
    let b = try #require(RowKey("b"))
    let one = RowDigest.row(subject, key: a, fields: fields("x", nil))
    let two = RowDigest.row(subject, key: b, fields: fields("x", ""))
    #expect(RowDigest.range(subject, rows: [one, two]) == RowDigest.range(subject, rows: [two, one]))
    #expect(RowDigest.range(subject, rows: [one]) != RowDigest.range(subject, rows: [one, one]))
    #expect(one != RowDigest.row(subject, key: a, fields: fields("x", "")))
    #expect(one == RowDigest.row(subject, key: a, fields: [RowImage.Field(name: "email", value: "x")]))
    #expect(one != RowDigest.row(try self.subject(salt: 2), key: a, fields: fields("x", nil)))
    let other = ComparisonSubject(
      stream: .control, audience: try #require(SiloNumber(8)), kind: subject.kind, columns: subject.columns,
      salt: subject.salt)
    #expect(one != RowDigest.row(other, key: a, fields: fields("x", nil)))
    let columns = RowDigest.columns(subject, key: a, fields: fields("x", nil))
    #expect(columns.count == 2 && columns.allSatisfy { $0.count == 16 })
    #expect(columns[0] == RowDigest.columns(subject, key: a, fields: fields("x", "y"))[0])
    #expect(columns[1] != RowDigest.columns(subject, key: a, fields: fields("x", "y"))[1])
  }

  /// What is decided about one row.
  private func verdict(
    owned: [[UInt8]]?, later: [[UInt8]]?? = nil, held: [[UInt8]]?, version: RowVersion? = nil, cursor: Int64 = 50,
    quarantine: String? = nil, isQuiet: Bool = true, isPassed: Bool = true, isSettled: Bool = true,
    isElsewhere: Bool = false
  ) throws -> RowDifference {
    let key = try #require(RowKey("a"))
    let epoch = try #require(Self.epoch)
    func reading(_ columns: [[UInt8]]?, head: Int64) throws -> OwnerReading {
      OwnerReading(
        epoch: epoch, head: try position(head), isPassed: isPassed,
        rows: [.init(key: key, columns: columns, generation: 0, isQuiet: isQuiet, isElsewhere: isElsewhere)])
    }
    return DivergenceDecision.decide(
      try subject(), key: key, first: try reading(owned, head: 50),
      held: HolderReading(
        epoch: epoch, cursor: try position(cursor), isSettled: isSettled,
        rows: [.init(key: key, columns: held, version: version, quarantine: quarantine)]),
      second: try reading(later ?? owned, head: 60))
  }

  @Test("a row is missing, extra, not entitled, different in named columns, or equal")
  func verdicts() throws {
    let x: [[UInt8]] = [[1], [2]]
    let y: [[UInt8]] = [[1], [3]]
    #expect(try verdict(owned: x, held: x) == .equal)
    #expect(try verdict(owned: nil, held: nil) == .equal)
    #expect(try verdict(owned: x, held: nil) == .missing)
    #expect(try verdict(owned: nil, held: x) == .extra)
    #expect(try verdict(owned: nil, held: x, isElsewhere: true) == .notEntitled)
    #expect(try verdict(owned: x, held: y) == .content(["name"]))
    #expect(try verdict(owned: x, held: y, quarantine: "NO_GRANT") == .quarantined("NO_GRANT"))
  }

  @Test("what may still be on its way is no divergence")
  func inFlight() throws {
    let x: [[UInt8]] = [[1], [2]]
    let y: [[UInt8]] = [[1], [3]]
    #expect(try verdict(owned: x, held: y, isPassed: false) == .inFlight)
    #expect(try verdict(owned: x, held: y, isQuiet: false) == .inFlight)
    #expect(try verdict(owned: x, held: y, isSettled: false) == .inFlight)
    #expect(try verdict(owned: x, later: .some(y), held: y) == .inFlight)
    #expect(try verdict(owned: x, later: .some(nil), held: nil) == .inFlight)
  }

  @Test("a version beyond the owner's log is named, because corrections would be refused as stale")
  func staleVersion() throws {
    let x: [[UInt8]] = [[1], [2]]
    func version(_ generation: Int64, _ epoch: Int32, _ head: Int64) throws -> RowVersion {
      RowVersion(generation: generation, epoch: epoch, head: try position(head))
    }
    #expect(try verdict(owned: x, held: x, version: version(0, 3, 60)) == .equal)
    #expect(try verdict(owned: x, held: x, version: version(0, 3, 61)) == .staleVersion)
    #expect(try verdict(owned: x, held: nil, version: version(0, 4, 1)) == .staleVersion)
    #expect(try verdict(owned: x, held: x, version: version(1, 1, 1)) == .staleVersion)
  }

  @Test("questions and answers survive the wire, and refuse what cannot be")
  func wire() throws {
    let subject = try subject()
    let key = try #require(RowKey("é"))
    let epoch = try #require(Self.epoch)
    let window = CompareQuestion.Window(epoch: epoch, since: try position(5), cursor: try position(4))
    let questions: [CompareQuestion.Body] = [
      .range(after: nil, through: key, limit: 10, listsRows: true), .rows([key], window: nil),
      .rows([key], window: window),
      .mend([.init(key: key, difference: .content(["name"])), .init(key: key, difference: .equal)], repairs: true),
    ]
    for body in questions {
      let question = CompareQuestion(id: "x:1", subject: subject, body: body)
      #expect(try CompareQuestion(body: question.body) == question)
      let reply = CompareReply.question(question)
      #expect(try CompareReply(body: reply.body) == reply)
    }
    let short = [UInt8](repeating: 9, count: 16)
    let row = OwnerReading.Row(key: key, columns: [short], generation: 4, isQuiet: true, isElsewhere: false)
    let held = HolderReading.Row(key: key, columns: nil, version: nil, quarantine: "NO_GRANT")
    let answers: [CompareAnswer.Body] = [
      .range(
        RangeReading(
          through: key, position: try position(9), count: 1, digest: [UInt8](repeating: 1, count: 32),
          rows: [.init(key: key, digest: short)])),
      .owner(OwnerReading(epoch: epoch, head: try position(9), isPassed: true, rows: [row])),
      .holder(HolderReading(epoch: epoch, cursor: try position(9), isSettled: false, rows: [held])), .mended,
      .refused(.projectionDiffers),
    ]
    for body in answers {
      let request = CompareRequest(session: "s", counter: 1, answer: CompareAnswer(id: "x:1", body: body))
      #expect(try CompareRequest(body: request.body) == request)
    }
    let unsorted = ComparisonSubject(
      stream: .control, audience: subject.audience, kind: subject.kind, columns: ["b", "a"], salt: subject.salt)
    let bad = CompareQuestion(id: "x:1", subject: unsorted, body: .rows([key], window: nil))
    #expect(throws: JSONError.self) { try CompareQuestion(body: bad.body) }
    let many = [RowKey](repeating: key, count: ComparisonLimits.maximumKeys + 1)
    let wide = CompareQuestion(id: "x:1", subject: subject, body: .rows(many, window: nil))
    #expect(throws: JSONError.self) { try CompareQuestion(body: wide.body) }
  }

  @Test("an answer to another question, or none, moves nothing; a malformed one ends its kind only")
  func otherAnswers() throws {
    var machine = ComparisonMachine(
      id: "x", local: .control, plan: [ComparisonPlan(subject: try subject())], repairs: true)
    guard case .ask(.local, let question)? = machine.handle(.start).last else {
      Issue.record("the machine asks nothing")
      return
    }
    #expect(machine.handle(.answer(CompareAnswer(id: "x:99", body: .mended))).isEmpty)
    #expect(machine.handle(.timer).isEmpty)
    #expect(machine.outstanding?.question == question)
    let copy = try ComparisonMachine(state: machine.state)
    #expect(copy.walk == machine.walk)
    let effects = machine.handle(.answer(CompareAnswer(id: question.id, body: .mended)))
    #expect(effects.first == .report(.refused(.malformed, Kind("user"), stream: .control)))
    #expect(effects.last == .finished(.complete))
  }
}
