extension PostgresConnection {
  /// Runs `body` in a transaction and commits it; inside a transaction, in a savepoint.
  ///
  /// BEGIN goes out together with the first statement, so a transaction costs no round trip of its own for it; a body that runs no statement touches
  /// the server not at all.
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
    if let savepoint {
      guard options.isolation <= outermost.isolation else {
        throw PostgresError(code: .misuse, message: "a nested transaction cannot raise the isolation level")
      }
      // Now and not with the body's first statement: an error of what waited is not the body's.
      _ = try await flush(before: [.control("SAVEPOINT \(savepoint)")], on: session)[0].get()
    } else {
      try session.admit()
      outermost = options
      isDoomed = false
      queue.begin = .control(options.beginStatement)
    }
    depth += 1
    defer { depth -= 1 }
    let value: T
    do {
      value = try await body(self)
      try Task.checkCancellation()
      if queue.mustVerify { _ = try await flush() }
      if isDoomed { throw PostgresError(code: .transactionAborted, message: "a result was refused before") }
    } catch {
      await rollback(session, to: savepoint)
      throw error
    }
    if let savepoint { try await release(session, savepoint) } else { try await commit(session) }
    return value
  }

  /// Commits, together with what waits to be sent.
  private func commit(_ session: Session) async throws {
    // The body ran no statement.
    if queue.begin != nil, queue.entries.isEmpty { return queue = StatementQueue() }
    // What was read is read: nothing depends on this COMMIT, so its answer is taken by whoever uses the session next.
    if endsUnheard, outermost.isPlainRead, queue.isEmpty, session.transactionStatus == .inTransaction {
      if try !session.sendUnheard("COMMIT") { await session.settle() }
      return
    }
    let waiting = queue.take()
    do {
      let result = try await session.commit(after: waiting.map(\.sql))
      guard result.commandTag == "COMMIT" else {
        throw PostgresError(
          code: .transactionAborted, message: "a statement had failed before, so the commit rolled back")
      }
    } catch let error as PostgresError where error.leavesCommitUnknown {
      session.markBroken()
      throw PostgresError(
        code: .commitOutcomeUnknown, message: error.message, constraint: nil, schema: nil, table: nil, column: nil,
        terminalState: error.sqlState)
    } catch {
      // Refused: a statement that went with the COMMIT may have left the transaction open.
      if !session.isBroken, session.transactionStatus != .idle { await rollback(session, to: nil) }
      throw error
    }
  }

  private func release(_ session: Session, _ savepoint: String) async throws {
    do {
      let wasShielded = session.isShielded
      session.isShielded = true
      defer { session.isShielded = wasShielded }
      _ = try await flush(before: [.control("RELEASE SAVEPOINT \(savepoint)")], on: session)[0].get()
    } catch {
      await rollback(session, to: savepoint)
      throw error
    }
  }

  /// Rolls back, whatever state the transaction is in. A connection on which that fails is closed by the pool, which rolls back as well.
  private func rollback(_ session: Session, to savepoint: String?) async {
    let isUnsent = savepoint == nil && queue.begin != nil
    queue = StatementQueue()
    guard !session.isBroken, !isUnsent else { return }
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
    // Only what stands before the COMMIT aborts it.
    case .transactionAborted, .misuse, .encoding: false
    default: true
    }
  }
}
