/// Pipeline mode: everything is queued, sent while what comes back is read, and read through to the synchronization point.
extension Session {
  /// What a result in the stream belongs to.
  private enum Expected {
    case statement(StatementCache.Key)
    case preparation(StatementCache.Key)
    case deallocation
  }

  /// Refuses what could not be sent as a whole, before anything of it is.
  func check(_ pipeline: Pipeline) throws {
    try admit()
    guard pipeline.count <= Pipeline.maximumStatements, pipeline.byteCount <= Pipeline.maximumBytes else {
      throw PostgresError(code: .misuse, message: "a pipeline is larger than its limits")
    }
    for statement in pipeline.statements { try Self.check(statement) }
  }

  /// Runs the statements, one result or error each.
  func run(_ pipeline: Pipeline) async throws -> [Result<PostgresRows, PostgresError>] {
    try check(pipeline)
    return try await run(checked: pipeline)
  }

  /// Runs statements that ``check(_:)`` let pass.
  func run(checked pipeline: Pipeline) async throws -> [Result<PostgresRows, PostgresError>] {
    guard pipeline.count > 0 else { return [] }
    isBusy = true
    defer { isBusy = false }
    try enterPipeline()
    do {
      let expected = try queue(pipeline.statements)
      let results = try await receive(expected)
      try exitPipeline()
      return results
    } catch let error as CancellationError {
      await cancelAndDrainPipeline()
      throw error
    } catch {
      // Half a pipeline cannot be left in order.
      markBroken()
      throw error
    }
  }

  /// Statements between which what is queued is pushed out, so that the server begins meanwhile.
  private static let statementsPerFlush = 32

  /// Queues every statement and the synchronization point; libpq buffers what the socket does not take yet.
  private func queue(_ statements: [SQL]) throws -> [Expected] {
    var expected: [Expected] = []
    for (index, sql) in statements.enumerated() {
      let key = StatementCache.Key(text: sql.text, types: sql.parameters.types)
      switch sql.isControl ? .once : self.statements.plan(for: key) {
      case .once: try send(unnamed: sql.text, sql.parameters)
      case .execute(let name): try send(prepared: name, sql.parameters)
      case .prepare(let name, let evicted):
        if let evicted {
          try send(unnamed: "DEALLOCATE \(SQL.quoted(identifier: evicted))", ParameterList())
          expected.append(.deallocation)
        }
        try send(prepare: name, sql.text, sql.parameters)
        expected.append(.preparation(key))
        self.statements.prepared(key, as: name)
        try send(prepared: name, sql.parameters)
      }
      expected.append(.statement(key))
      if (index + 1) % Self.statementsPerFlush == 0 { _ = try flushOnce() }
    }
    try sendPipelineSync()
    return expected
  }

  private func receive(_ expected: [Expected]) async throws -> [Result<PostgresRows, PostgresError>] {
    try await flush()
    var results: [Result<PostgresRows, PostgresError>] = []
    var failedPreparation: PostgresError?
    for expectation in expected {
      let outcome = try await receiveOne()
      switch (expectation, outcome) {
      case (.statement(let key), .failure(let error)):
        // What the server does not know or cannot run any more is prepared anew by the next run.
        if error.isUnusablePlan { _ = statements.forget(key) }
        results.append(.failure(failedPreparation ?? error))
        failedPreparation = nil
      case (.statement, .success): results.append(outcome)
      case (.preparation(let key), .failure(let error)):
        _ = statements.forget(key)
        // The statement that follows is reported as aborted by libpq; its own error is this one.
        failedPreparation = error
      case (.deallocation, .failure(let error)): failedPreparation = error
      default: break
      }
    }
    guard let sync = try await nextResult(), case .pipelineSync = sync.status else { throw lost() }
    return results
  }

  /// The result of one queued command, read through to its end.
  private func receiveOne() async throws -> Result<PostgresRows, PostgresError> {
    var outcome: Result<PostgresRows, PostgresError>?
    while let result = try await nextResult() {
      switch result.status {
      case .failed:
        let error = report(result)
        guard !isBroken else { throw error }
        outcome = .failure(error)
      case .pipelineAborted:
        outcome = .failure(
          PostgresError(code: .pipelineAborted, message: "an earlier statement of the pipeline failed"))
      case .copyIn, .copyOut, .copyBoth, .pipelineSync:
        throw PostgresError(code: .misuse, message: "COPY cannot be in a pipeline")
      default: outcome = .success(PostgresRows(result: result))
      }
    }
    guard let outcome else { throw lost() }
    return outcome
  }

  /// Cancels what runs and reads to the synchronization point, which is queued before anything is awaited.
  private func cancelAndDrainPipeline() async {
    isReusable = false
    let deadline = ContinuousClock.now.advanced(by: configuration.timeouts.cancel)
    guard let request = cancelRequest() else { return markBroken() }
    async let answered = BlockingWork.run(until: deadline) { request.send() }
    let wasShielded = isShielded
    isShielded = true
    defer { isShielded = wasShielded }
    do {
      try await flush(until: deadline)
      var ended = false
      while !ended {
        // nil separates the commands; only the synchronization point ends them.
        if case .pipelineSync = try await nextResult(until: deadline)?.status { ended = true }
        if !isAlive { throw lost() }
      }
      try exitPipeline()
    } catch {
      markBroken()
    }
    if await answered != true { markBroken() }
  }
}
