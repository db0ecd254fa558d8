/// A connection lent for the duration of a closure.
///
/// It is deliberately not `Sendable`: two tasks cannot interleave statements in one transaction. Used after its closure ended it throws
/// `.misuse`.
public final class PostgresConnection {
  private let lent: Session
  /// Whether the lease ends with its transaction, so that nobody here needs the answer to the COMMIT of a read.
  let endsUnheard: Bool
  private var isEnded = false
  /// Open transactions, savepoints included.
  var depth = 0
  /// How the outermost transaction was begun.
  var outermost = TransactionOptions.readCommitted
  /// What goes with the next exchange.
  var queue = StatementQueue()
  /// A `verify` refused: the transaction may not commit, whatever its body makes of the error.
  var isDoomed = false

  init(_ session: Session, endsUnheard: Bool = false) {
    lent = session
    self.endsUnheard = endsUnheard
  }

  /// The session while the lease lasts.
  func session() throws -> Session {
    guard !isEnded else { throw PostgresError(code: .misuse, message: "the connection was given back") }
    return lent
  }

  func end() {
    isEnded = true
  }

  /// The process that serves this connection, as in `pg_stat_activity.pid`.
  public var serverProcessID: Int32 { lent.serverProcessID }

  /// The server's version as libpq reports it: 150004 is 15.4.
  public var serverVersion: Int32 { lent.serverVersion }

  /// Whether the traffic is protected by TLS.
  public var isEncrypted: Bool { lent.isEncrypted }

  /// Runs a statement and returns its whole result.
  ///
  /// A cancelled task cancels the statement on the server; the connection is then closed instead of being lent again.
  ///
  /// - Throws: ``PostgresError``, or `CancellationError`.
  @discardableResult
  public func query(_ sql: SQL) async throws -> PostgresRows {
    let session = try session()
    guard !queue.isEmpty else { return PostgresRows(result: try await session.run(sql)) }
    return try await flush(before: [sql], on: session)[0].get()
  }

  /// Runs a statement and returns the number of rows it touched.
  @discardableResult
  public func execute(_ sql: SQL) async throws -> Int {
    try await query(sql).affected
  }

  /// Runs text of one or many statements without parameters. Many statements are one transaction unless the text says otherwise.
  public func runScript(_ text: String) async throws {
    try await flush().run(simple: text)
  }

  /// Has the connection closed instead of lent again when the closure ends, for callers that change settings of the session.
  public func discardAfterUse() throws {
    try session().isReusable = false
  }
}
