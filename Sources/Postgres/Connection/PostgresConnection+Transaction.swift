extension PostgresConnection {
  /// Runs `body` in a transaction and commits it; inside a transaction, in a savepoint.
  ///
  /// When `body` throws, its own error is rethrown after the rollback, which runs to its end even in a cancelled task. A body that
  /// swallowed the error of a statement gets `.transactionAborted` at the commit. A connection lost while the commit was in flight is
  /// `.commitOutcomeUnknown`: the caller has to look.
  ///
  /// - Parameter options: inside a transaction they may not ask for more isolation than the outermost one has.
  @discardableResult
  public func withTransaction<T>(
    _ options: TransactionOptions = .readCommitted, _ body: (PostgresConnection) async throws -> T
  ) async throws -> T {
    let session = try session()
    let savepoint = depth == 0 ? nil : "level_\(depth)"
    if savepoint == nil {
      outermost = options
    } else if options.isolation > outermost.isolation {
      throw PostgresError(code: .misuse, message: "a nested transaction cannot raise the isolation level")
    }
    try await session.run(simple: savepoint.map { "SAVEPOINT \($0)" } ?? options.beginStatement)
    depth += 1
    defer { depth -= 1 }
    let value: T
    do {
      value = try await body(self)
      try Task.checkCancellation()
    } catch {
      await rollback(session, to: savepoint)
      throw error
    }
    if let savepoint { try await release(session, savepoint) } else { try await commit(session) }
    return value
  }

  private func commit(_ session: Session) async throws {
    do {
      let result = try await session.runShielded(simple: "COMMIT")
      guard result.commandTag == "COMMIT" else {
        throw PostgresError(
          code: .transactionAborted, message: "a statement had failed before, so the commit rolled back")
      }
    } catch let error as PostgresError where error.leavesCommitUnknown {
      session.markBroken()
      throw PostgresError(
        code: .commitOutcomeUnknown, message: error.message, constraint: nil, schema: nil, table: nil, column: nil,
        terminalState: error.sqlState)
    }
  }

  private func release(_ session: Session, _ savepoint: String) async throws {
    do {
      try await session.runShielded(simple: "RELEASE SAVEPOINT \(savepoint)")
    } catch {
      await rollback(session, to: savepoint)
      throw error
    }
  }

  /// Rolls back, whatever state the transaction is in. A connection on which that fails is closed by the pool, which rolls back as well.
  private func rollback(_ session: Session, to savepoint: String?) async {
    guard !session.isBroken else { return }
    do {
      try await session.runShielded(
        simple: savepoint.map { "ROLLBACK TO SAVEPOINT \($0); RELEASE SAVEPOINT \($0)" } ?? "ROLLBACK")
    } catch {
      session.markBroken()
    }
  }
}

extension PostgresError {
  /// Whether an error of COMMIT leaves open what happened: anything but the server's plain refusal.
  fileprivate var leavesCommitUnknown: Bool {
    switch code {
    case .server(let state): state.endsSession
    case .transactionAborted: false
    default: true
    }
  }
}
