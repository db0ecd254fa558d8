/// Running statements.
extension Session {
  /// Runs a statement with parameters, prepared when it repeats.
  func run(_ sql: SQL) async throws -> ResultHandle {
    try admit()
    isBusy = true
    defer { isBusy = false }
    let key = StatementCache.Key(text: sql.text, types: sql.parameters.types)
    do {
      return try await attempt(sql, key)
    } catch let error as PostgresError where error.isUnusablePlan {
      guard let name = statements.forget(key) else { throw error }
      // Inside a transaction the error has already aborted it; the next run prepares anew.
      guard transactionStatus == .idle else { throw error }
      if error.isStalePlan { try await deallocate(name) }
      return try await attempt(sql, key)
    }
  }

  /// Runs text without parameters by the simple protocol: one statement or many.
  ///
  /// - Returns: the last result.
  @discardableResult
  func run(simple text: String) async throws -> ResultHandle {
    try admit()
    try Self.check(text)
    isBusy = true
    defer { isBusy = false }
    return try await exchange { try send(simple: text) }
  }

  /// Runs text shielded from cancellation, for the ends of transactions.
  @discardableResult
  func runShielded(simple text: String) async throws -> ResultHandle {
    let wasShielded = isShielded
    isShielded = true
    defer { isShielded = wasShielded }
    return try await run(simple: text)
  }

  /// Commits, shielded from cancellation, in one exchange with statements that precede the COMMIT.
  ///
  /// - Throws: the first error of a statement, which the COMMIT then did not follow.
  func commit(after statements: [SQL]) async throws -> ResultHandle {
    let wasShielded = isShielded
    isShielded = true
    defer { isShielded = wasShielded }
    guard !statements.isEmpty else { return try await run(simple: "COMMIT") }
    let results = try await run(Pipeline(statements + [.control("COMMIT")]))
    var last: ResultHandle?
    for result in results { last = try result.get().result }
    guard let last else { throw lost() }
    return last
  }

  /// Refuses a connection that is gone or in use, and a task that is cancelled already.
  func admit() throws {
    guard !isBroken else { throw PostgresError(code: .connection, message: "the connection is lost") }
    guard !isBusy else { throw PostgresError(code: .misuse, message: "a statement is running on this connection") }
    if !isShielded { try Task.checkCancellation() }
  }

  static func check(_ sql: SQL) throws {
    try check(sql.text)
    guard sql.parameterCount <= ParameterList.maximumCount else {
      throw PostgresError(
        code: .encoding, message: "a statement has more than \(ParameterList.maximumCount) parameters")
    }
    guard sql.parameters.arena.count <= Int32.max else {
      throw PostgresError(code: .encoding, message: "the parameters of a statement are larger than 2 GiB")
    }
  }

  private static func check(_ text: String) throws {
    // libpq takes C strings: a NUL would cut the statement short.
    guard !text.utf8.contains(0) else {
      throw PostgresError(code: .encoding, message: "the text of a statement contains a NUL byte")
    }
  }

  private func attempt(_ sql: SQL, _ key: StatementCache.Key) async throws -> ResultHandle {
    switch statements.plan(for: key) {
    case .execute(let name):
      return try await exchange { try send(prepared: name, sql.parameters) }
    case .once:
      try Self.check(sql)
      return try await exchange { try send(unnamed: sql.text, sql.parameters) }
    case .prepare(let name, let evicted):
      try Self.check(sql)
      if let evicted { try await deallocate(evicted) }
      _ = try await exchange { try send(prepare: name, sql.text, sql.parameters) }
      statements.prepared(key, as: name)
      return try await exchange { try send(prepared: name, sql.parameters) }
    }
  }

  private func deallocate(_ name: String) async throws {
    _ = try await exchange { try send(simple: "DEALLOCATE \(SQL.quoted(identifier: name))") }
  }
}

extension PostgresError {
  /// Whether a prepared statement's result changed its shape after a change of the schema ("cached plan must not change result type").
  fileprivate var isStalePlan: Bool { code == .server(.featureNotSupported) }

  /// Whether a prepared statement must be prepared anew, because it is stale or the server has forgotten it.
  var isUnusablePlan: Bool { code == .server(.invalidStatementName) || isStalePlan }
}
