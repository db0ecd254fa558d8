import FoundationEssentials
@testable import Outbox
import Postgres
import SyncProtocol
import Testing

/// Drives a comparison of a pair's two databases, as control's process and a region's agent would.
struct ComparisonRun {
  let pair: Pair
  var limits = ComparisonLimits(leaf: 64, answer: 128, patience: 1)
  var questions = 0
  var reports: [ComparisonReport] = []
  var outcome: ComparisonMachine.Outcome?
  var compared: Int64 = 0
  /// The most rows that one answer about a range was made of.
  var largest = 0

  init(_ pair: Pair) { self.pair = pair }

  var findings: [RowDifference] {
    reports.compactMap { if case .row(let finding) = $0 { finding.difference } else { nil } }
  }
  var mended: Int {
    reports.count { if case .mended = $0 { true } else { false } }
  }

  /// - Parameter waiting: what goes on while the comparison waits.
  mutating func run(repairs: Bool, known: [RowKey] = [], waiting: () async throws -> Void = {}) async throws {
    let owner = Comparer(client: pair.source, own: .control, registry: pair.sources, doorbell: pair.doorbell)
    let holder = Comparer(client: pair.replica, own: pair.region, registry: pair.sinks, doorbell: Doorbell())
    let subject = ComparisonSubject(
      stream: .control, audience: pair.region, kind: Pair.item.kind, columns: ["n", "name"],
      salt: [UInt8](repeating: 7, count: 16))
    var machine = ComparisonMachine(
      id: "test", local: .control, plan: [ComparisonPlan(subject: subject, known: known)], repairs: repairs,
      limits: limits)
    var effects = machine.handle(.start)
    while outcome == nil, !effects.isEmpty {
      switch effects.removeFirst() {
      case .ask(let side, let question):
        questions += 1
        let answer =
          side == .local
          ? try await owner.answer(question, peer: pair.region) : try await holder.answer(question, peer: .control)
        if case .range(let range) = answer.body { largest = max(largest, range.count) }
        // Between two turns the machine lies in the database.
        machine = try ComparisonMachine(state: machine.state, limits: limits)
        effects += machine.handle(.answer(try CompareAnswer(body: answer.body)))
      case .report(let report): reports.append(report)
      case .wait:
        try await waiting()
        effects += machine.handle(.timer)
      case .finished(let end): outcome = end
      }
    }
    compared = machine.compared
  }
}

@Suite("Comparisons find, confirm and mend rows that differ")
struct ComparisonTests {
  private func fill(_ pair: Pair, _ count: Int64) async throws {
    try await pair.source.execute(
      "INSERT INTO app.item (id, name, n) SELECT gen_random_uuid(), 'row ' || i, i FROM generate_series(1, \(count)) AS i"
    )
    try await pair.settle()
  }

  private func open(_ client: PostgresClient) async throws -> Int64 {
    try await client.query("SELECT count(*) FROM outbox.incident WHERE state = 'open'").only().decode(Int64.self)
  }

  @Test("equal replicas are walked range by range without a word")
  func equal() async throws {
    try await Pair.with { pair in
      try await fill(pair, 300)
      var run = ComparisonRun(pair)
      try await run.run(repairs: true)
      #expect(run.outcome == .complete && run.reports.isEmpty)
      #expect(run.compared == 300)
      #expect(run.largest <= 64)
    }
  }

  @Test(
    "a flipped, a deleted and an extra row are found, reported with their columns, mended, and their incidents closed")
  func rot() async throws {
    try await Pair.with { pair in
      try await fill(pair, 200)
      try await pair.replica.execute("UPDATE replica.item SET name = 'rot' WHERE n = 5")
      try await pair.replica.execute("DELETE FROM replica.item WHERE n = 77")
      try await pair.replica.execute(
        "INSERT INTO replica.item (id, name, n, _generation, _epoch, _head) VALUES (gen_random_uuid(), 'ghost', 0, 0, 1, 1)"
      )
      var looking = ComparisonRun(pair)
      try await looking.run(repairs: false)
      #expect(Set(looking.findings) == [.content(["name"]), .missing, .extra])
      #expect(looking.mended == 0)
      #expect(try await open(pair.source) == 3)
      #expect(try await open(pair.replica) == 3)
      let known = try await pair.source.query("SELECT key FROM outbox.incident").decode(String.self).compactMap(
        RowKey.init)
      var mending = ComparisonRun(pair)
      try await mending.run(repairs: true, known: known) { try await pair.settle() }
      #expect(mending.outcome == .complete)
      #expect(mending.findings.count == 3)
      #expect(mending.mended == 3)
      let (source, replica) = try await pair.contents()
      #expect(source == replica)
      #expect(try await open(pair.source) == 0)
      #expect(try await open(pair.replica) == 0)
      let kept = try await pair.source.query(
        "SELECT array_to_string(columns, ','), count FROM outbox.incident WHERE difference = 'CONTENT'"
      ).only().decode((String, Int32).self)
      #expect(kept.0 == "name" && kept.1 >= 2)
    }
  }

  @Test("a row that control sends to nobody else is repaired for one receiver only")
  func directed() async throws {
    try await Pair.with { pair in
      try await fill(pair, 20)
      try await pair.replica.execute("UPDATE replica.item SET n = -1 WHERE n = 3")
      var run = ComparisonRun(pair)
      try await run.run(repairs: true) { try await pair.sequencer().catchUp() }
      let page = try await pair.source.withConnection { connection in
        (
          try await LogReader.segments(after: .zero, lane: nil, limit: 1000, on: connection),
          try await KindStore.catalog(on: connection)
        )
      }
      let entries = try page.0.segments.flatMap {
        try SegmentCodec.decode($0.entries, first: $0.first, catalog: page.1)
      }
      let repairs = entries.filter { $0.row.kind == RepairRows.kind }
      #expect(!repairs.isEmpty && repairs.allSatisfy { $0.receivers == .only([pair.region]) })
    }
  }

  @Test("a change that the receiver has not applied yet is in flight, whatever the digests say")
  func inFlight() async throws {
    try await Pair.with { pair in
      try await fill(pair, 50)
      // Sequenced and not delivered; committed and not sequenced.
      try await pair.source.execute("UPDATE app.item SET name = 'new' WHERE n = 1")
      try await pair.sequencer().catchUp()
      try await pair.source.execute("UPDATE app.item SET name = 'newer' WHERE n = 2")
      try await pair.source.execute("DELETE FROM app.item WHERE n = 3")
      var run = ComparisonRun(pair)
      try await run.run(repairs: true)
      #expect(run.findings == [.inFlight, .inFlight, .inFlight])
      #expect(try await open(pair.source) == 0)
      // And while it is delivered meanwhile, there is nothing at all.
      var patient = ComparisonRun(pair)
      try await patient.run(repairs: true) { try await pair.settle() }
      #expect(patient.findings.isEmpty)
    }
  }

  @Test("a quarantined row is explained by its code and is no incident")
  func quarantined() async throws {
    try await Pair.with { pair in
      try await fill(pair, 10)
      try await pair.source.execute("UPDATE app.item SET name = 'poison' WHERE n = 4")
      try await pair.settle()
      var run = ComparisonRun(pair)
      try await run.run(repairs: true)
      guard case .quarantined(let code)? = run.findings.first else {
        Issue.record("not explained: \(run.findings)")
        return
      }
      #expect(!code.isEmpty && run.findings.count == 1)
      #expect(try await open(pair.source) == 0)
    }
  }

  @Test("a rotten version that would refuse every correction is released and mended")
  func staleVersion() async throws {
    try await Pair.with { pair in
      try await fill(pair, 10)
      try await pair.replica.execute("UPDATE replica.item SET name = 'rot', _head = 4000000000000 WHERE n = 4")
      var run = ComparisonRun(pair)
      try await run.run(repairs: true) { try await pair.settle() }
      #expect(run.findings == [.staleVersion])
      #expect(run.mended == 1)
      let (source, replica) = try await pair.contents()
      #expect(source == replica)
    }
  }

  @Test("an emptied replica is more than a comparison mends: it stops at its bound and says so")
  func bound() async throws {
    try await Pair.with { pair in
      try await fill(pair, 400)
      try await pair.replica.execute("DELETE FROM replica.item")
      var run = ComparisonRun(pair)
      run.limits.divergences = 150
      try await run.run(repairs: false)
      #expect(run.outcome == .cutShort)
      #expect(run.findings.count <= 250)
    }
  }

  @Test("100 000 rows are compared in reads of bounded size, and one rotten row among them is found")
  func large() async throws {
    try await Pair.with { pair in
      try await fill(pair, 100_000)
      try await pair.replica.execute("UPDATE replica.item SET n = 0 WHERE n = 77777")
      var run = ComparisonRun(pair)
      run.limits = ComparisonLimits(patience: 1)
      try await run.run(repairs: false)
      #expect(run.findings == [.content(["n"])])
      #expect(run.compared == 100_000)
      #expect(run.largest <= 1024)
      #expect(run.questions < 220)
    }
  }
}
