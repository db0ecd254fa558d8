extension PostgresConnection {
  /// Statements that may wait to be sent with the next one.
  public static let maximumQueuedStatements = 100

  /// Runs a statement together with the next one, or with the COMMIT: a round trip less for a statement whose result decides nothing.
  ///
  /// Only inside a transaction, which fails as a whole: what goes wrong with the statement is thrown by whatever is awaited next (a statement, the end
  /// of the transaction), and nothing after it was run. When the transaction ends by an error first, the statement is never sent.
  ///
  /// What goes out with the COMMIT is not cancelled with the task, as the COMMIT is not: a `statement_timeout` bounds it.
  ///
  /// - Parameter verify: looks at the result before anything later is believed and before the transaction commits; what it throws is thrown instead
  ///   of the later result. It costs the round trip again when nothing is awaited before the COMMIT.
  /// - Throws: `.misuse` outside a transaction.
  public func enqueue(_ sql: SQL, verify: ((PostgresRows) throws -> Void)? = nil) async throws {
    let session = try session()
    guard depth > 0 else {
      throw PostgresError(code: .misuse, message: "only a transaction can let a statement wait for the next")
    }
    if queue.entries.count >= Self.maximumQueuedStatements { _ = try await flush(before: [], on: session) }
    queue.append(.init(sql: sql, verify: verify))
  }

  /// Sends what waits and returns the session, for what cannot be in a pipeline.
  func flush() async throws -> Session {
    let session = try session()
    if !queue.isEmpty { _ = try await flush(before: [], on: session) }
    return session
  }

  /// Sends what waits together with `statements` and returns the results of the latter.
  ///
  /// - Throws: the first error of what waited, which also failed everything behind it, and what a `verify` throws.
  func flush(before statements: [SQL], on session: Session) async throws -> [Result<PostgresRows, PostgresError>] {
    let isBeginning = queue.begin != nil
    let pipeline = Pipeline(queue.statements + statements)
    // Before anything is taken: a body that goes on after a refusal must still be in its transaction.
    try session.check(pipeline)
    let waiting = queue.take()
    let wasDoomed = isDoomed
    let results = try await run(pipeline, on: session, isBeginning: isBeginning)
    for (entry, result) in zip(waiting, results) {
      let rows = try result.get()
      isDoomed = isDoomed || entry.verify != nil
      try entry.verify?(rows)
      isDoomed = wasDoomed
    }
    return Array(results.dropFirst(waiting.count))
  }

  private func run(
    _ pipeline: Pipeline, on session: Session, isBeginning: Bool
  ) async throws -> [Result<PostgresRows, PostgresError>] {
    // A transaction that did not begin: what the body does after this error would commit by itself.
    defer { if isBeginning, session.transactionStatus == .idle { session.markBroken() } }
    return try await session.run(checked: pipeline)
  }
}
