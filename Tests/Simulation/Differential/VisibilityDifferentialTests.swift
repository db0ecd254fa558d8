import Outbox
import Postgres
import SyncProtocol
import TestSupport
import Testing

/// The same tape of concurrent transactions on the simulated and on the real PostgreSQL: both must show the same pointers at the same moments, and plan the
/// same ticks from them.
@Suite("The simulated PostgreSQL against the real one")
struct VisibilityDifferentialTests {
  private static let outbox = Migrator(schema: "outbox", migrations: OutboxMigrations.all)

  @Test("open, late and rolled-back transactions look the same to a tick", arguments: [UInt64(1), 2, 3, 4])
  func tape(seed: UInt64) async throws {
    try await withTestDatabase(migrations: [Self.outbox]) { client in
      try await client.execute(
        "INSERT INTO outbox.kind (name, key_type, lane, application) VALUES ('user', 'text', 'main', true)")
      try await client.withConnection { first in
        try await client.withConnection { second in
          try await client.withConnection { observer in
            var tape = Tape(seed: seed, epoch: try #require(Epoch(ordinal: 1, id: String(repeating: "0", count: 32))))
            for _ in 0..<60 {
              if tape.random.chance(500) {
                try await tape.step(0, on: first)
              } else {
                try await tape.step(1, on: second)
              }
              try await tape.compare(observer)
            }
          }
        }
      }
    }
  }

  /// Both databases and how far each session is.
  struct Tape {
    var random: SimRandom
    var simulated: SimPostgres
    var state: LogState
    var realState: LogState
    /// The open transaction of each session: (simulated id, pointers).
    var open: [(xid: UInt64, pointers: [Pointer])?] = [nil, nil]
    /// Simulated ids by real ids.
    var names: [UInt64: UInt64] = [:]

    init(seed: UInt64, epoch: Epoch) {
      random = SimRandom(seed: seed)
      simulated = SimPostgres(silo: .control, epoch: epoch)
      state = LogState(epoch: epoch)
      realState = state
    }

    mutating func step(_ session: Int, on connection: PostgresConnection) async throws {
      guard var transaction = open[session] else {
        try await connection.execute("BEGIN")
        let rows = try await connection.query("SELECT pg_current_xact_id()::text")
        let real = try #require(rows.first.map { try $0.decode((String).self) }.flatMap(UInt64.init))
        let xid = simulated.assignTransaction()
        names[real] = xid
        open[session] = (xid, [])
        return
      }
      switch random.below(5) {
      case 0:
        try await connection.execute("COMMIT")
        simulated.commit(xid: transaction.xid, writes: [], pointers: transaction.pointers, time: 0)
        open[session] = nil
      case 1:
        try await connection.execute("ROLLBACK")
        simulated.end(transaction.xid)
        open[session] = nil
      default:
        let key = "u\(session * 100 + random.below(3))"
        _ = try await connection.query("SELECT outbox.append('user', \(key))::text")
        let row = RowReference(kind: Kind("user" as StaticString), key: try #require(RowKey(key)))
        transaction.pointers.append(simulated.append(row, xid: transaction.xid))
        open[session] = transaction
      }
    }

    /// One tick's view on each side; the plans must be equal up to the names of transactions.
    mutating func compare(_ observer: PostgresConnection) async throws {
      let rows = try await observer.query(
        "SELECT seq, xid::text, convert_from(key, 'UTF8'), pg_current_snapshot()::text FROM outbox.pending ORDER BY seq"
      )
      let found = try rows.decode((Int64, String, String, String).self)
      let snapshotRows = try await observer.query("SELECT pg_current_snapshot()::text")
      let text = try #require(try snapshotRows.first?.decode((String).self))
      let snapshot = try #require(TransactionSnapshot(text))
      #expect(found.map(\.0) == simulated.pending.map(\.sequence))
      for (real, xid) in names.sorted(by: { $0.key < $1.key }) {
        #expect(snapshot.sees(real) == simulated.snapshot.sees(xid), "transaction \(xid) in \(text)")
      }
      guard random.chance(400) else { return }
      let real = try found.compactMap { entry -> TickView.Candidate? in
        let xid = try #require(UInt64(entry.1))
        guard !realState.done.sees(xid) else { return nil }
        let row = RowReference(kind: Kind("user" as StaticString), key: try #require(RowKey(entry.2)))
        return .init(pointer: Pointer(sequence: entry.0, transaction: xid, row: row), receivers: .all)
      }
      let done = state.done
      let twin = simulated.pending.filter { !done.sees($0.transaction) }.map {
        TickView.Candidate(pointer: $0, receivers: .all)
      }
      let plan = try TickPlanner.plan(view(realState, snapshot, real), limits: .init())
      let twinPlan = try TickPlanner.plan(view(state, simulated.snapshot, twin), limits: .init())
      #expect(plan.entries.map(\.row) == twinPlan.entries.map(\.row))
      #expect(plan.entries.map { names[$0.transaction] } == twinPlan.entries.map(\.transaction))
      realState = plan.state
      state = twinPlan.state
    }

    private func view(_ state: LogState, _ snapshot: TransactionSnapshot, _ window: [TickView.Candidate]) -> TickView {
      TickView(
        state: state, snapshot: snapshot, lastSequence: 0, transaction: UInt64.max, startedAt: 0, window: window,
        isFull: false)
    }
  }
}
