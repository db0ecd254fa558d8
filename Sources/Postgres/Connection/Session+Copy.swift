/// Copying in and out.
extension Session {
  func copyIn(_ statement: SQL, _ body: (CopyWriter) async throws -> Void) async throws -> Int {
    isBusy = try begin(statement)
    defer { isBusy = false }
    try await start(statement, expecting: .copyIn)
    do {
      let writer = CopyWriter(self)
      try await body(writer)
      try await writer.finish()
      while try !putCopyEnd(failing: nil) { try await flush() }
      try await flush()
      return try await finish().affectedRows
    } catch let error as PostgresError where !isBroken && isEnded {
      throw error
    } catch {
      await abandonCopyIn()
      throw error
    }
  }

  func copyOut(_ statement: SQL, _ body: ([UInt8]) async throws -> Void) async throws -> Int {
    isBusy = try begin(statement)
    defer { isBusy = false }
    try await start(statement, expecting: .copyOut)
    do {
      var chunk: [UInt8] = []
      receiving: while true {
        switch try getCopyData() {
        case .end: break receiving
        case .wait:
          _ = try await wait(for: .read)
          if !consumeInput() { throw lost() }
        case .data(let bytes):
          chunk += bytes
          if chunk.count >= CopyWriter.chunkSize {
            try await body(chunk)
            chunk.removeAll(keepingCapacity: true)
          }
        }
      }
      if !chunk.isEmpty { try await body(chunk) }
      return try await finish().affectedRows
    } catch let error as PostgresError where !isBroken && isEnded {
      throw error
    } catch {
      if !isBroken { await cancelAndDrain() }
      throw error
    }
  }

  /// Whether the server has ended the copy, so nothing is left to drain.
  private var isEnded: Bool { transactionStatus != .active }

  private func begin(_ statement: SQL) throws -> Bool {
    try admit()
    guard statement.parameterCount == 0 else {
      throw PostgresError(code: .misuse, message: "COPY takes no parameters")
    }
    try Self.check(statement)
    return true
  }

  private func start(_ statement: SQL, expecting expected: ResultStatus) async throws {
    try send(simple: statement.text)
    do {
      try await flush()
      guard let result = try await nextResult() else { throw lost() }
      if result.status == expected { return }
      let error =
        result.status == .failed
        ? report(result) : PostgresError(code: .misuse, message: "the statement is not a COPY of this direction")
      if result.status == .copyIn { _ = try putCopyEnd(failing: "not expected") }
      await drain(until: ContinuousClock.now.advanced(by: configuration.timeouts.cancel))
      if result.status == .copyOut || result.status == .copyBoth { markBroken() }
      throw error
    } catch let error as CancellationError {
      await cancelAndDrain()
      throw error
    }
  }

  /// Receives the result of the ended copy.
  private func finish() async throws -> ResultHandle {
    var last: ResultHandle?
    var failure: PostgresError?
    while let result = try await nextResult() {
      if result.status == .failed { failure = failure ?? report(result) } else { last = result }
    }
    if let failure { throw failure }
    guard let last else { throw lost() }
    return last
  }

  /// Ends a copy whose writer failed: the server is told, so that it undoes the copy, and its answer is read.
  private func abandonCopyIn() async {
    guard !isBroken else { return }
    let deadline = ContinuousClock.now.advanced(by: configuration.timeouts.cancel)
    let wasShielded = isShielded
    isShielded = true
    defer { isShielded = wasShielded }
    do {
      while try !putCopyEnd(failing: "the client gave up") { try await flush(until: deadline) }
    } catch {
      return markBroken()
    }
    await drain(until: deadline)
  }
}
