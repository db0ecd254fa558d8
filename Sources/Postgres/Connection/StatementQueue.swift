/// Statements of a connection that wait to be sent with the next one: the BEGIN of a transaction that has done nothing yet, and what
/// ``PostgresConnection/enqueue(_:verify:)`` put behind it.
struct StatementQueue {
  /// A statement whose result nobody waits for.
  struct Entry {
    let sql: SQL
    let verify: ((PostgresRows) throws -> Void)?
  }

  /// The outermost BEGIN, until it is sent.
  var begin: SQL?
  private(set) var entries: [Entry] = []

  var isEmpty: Bool { begin == nil && entries.isEmpty }

  /// Whether a result must be looked at before the transaction may commit.
  var mustVerify: Bool { entries.contains { $0.verify != nil } }

  /// What is to be sent, in order.
  var statements: [SQL] { (begin.map { [$0] } ?? []) + entries.map(\.sql) }

  mutating func append(_ entry: Entry) { entries.append(entry) }

  /// Takes everything, in the order in which it must be sent.
  mutating func take() -> [Entry] {
    defer { self = StatementQueue() }
    return (begin.map { [Entry(sql: $0, verify: nil)] } ?? []) + entries
  }
}
