/// Sending and receiving: straight-line code over libpq's own state machine, which reads whenever it waits to write.
extension Session {
  /// Waits for the descriptor, afresh each time because libpq may replace it.
  func wait(for interest: Poller.Interest, until deadline: ContinuousClock.Instant? = nil) async throws
    -> Poller.Interest
  {
    guard descriptor >= 0 else { throw lost() }
    switch await Poller.shared.wait(for: interest, on: descriptor, until: deadline, shielded: isShielded) {
    case .ready(let events): return events
    case .timedOut: throw PostgresError(code: .timeout, message: "the server did not answer in time")
    case .cancelled: throw CancellationError()
    case .unavailable: throw PostgresError(code: .connection, message: "the polling thread could not be started")
    }
  }

  /// Sends everything that is buffered, reading meanwhile so that a server that writes is never blocked.
  func flush(until deadline: ContinuousClock.Instant? = nil) async throws {
    while try !flushOnce() {
      let events = try await wait(for: [.read, .write], until: deadline)
      if events.contains(.read), !consumeInput() { throw lost() }
    }
  }

  /// The next result of the running statement, nil after its last.
  func nextResult(until deadline: ContinuousClock.Instant? = nil) async throws -> ResultHandle? {
    while isAwaitingInput {
      _ = try await wait(for: .read, until: deadline)
      if !consumeInput(), isAwaitingInput { throw lost() }
    }
    return takeResult()
  }

  /// Sends one statement, flushes, and receives its results to the end.
  ///
  /// - Returns: the last result.
  func exchange(_ send: () throws -> Void) async throws -> ResultHandle {
    try send()
    do {
      try await flush()
      return try await collect()
    } catch let error as CancellationError {
      await cancelAndDrain()
      throw error
    }
  }

  /// Receives all results, keeps the last and throws the first error after the end.
  private func collect() async throws -> ResultHandle {
    var last: ResultHandle?
    var failure: PostgresError?
    while let result = try await nextResult() {
      switch result.status {
      case .failed: failure = failure ?? report(result)
      case .copyIn, .copyOut, .copyBoth:
        // The protocol is inside a copy now; leaving it is the business of copyIn and copyOut.
        markBroken()
        throw PostgresError(code: .misuse, message: "COPY runs only through copyIn and copyOut")
      default: last = result
      }
    }
    if !isAlive { markBroken() }
    if let failure { throw failure }
    guard let last else { throw lost() }
    return last
  }

  /// The error of a failed result.
  func report(_ result: ResultHandle) -> PostgresError {
    guard isAlive || result.errorField(.sqlState) != nil else { return lost() }
    return PostgresError(result)
  }

  /// Cancels the running statement and receives what is left of it. The connection is not used for another caller afterwards.
  func cancelAndDrain() async {
    isReusable = false
    let deadline = ContinuousClock.now.advanced(by: configuration.timeouts.cancel)
    guard let request = cancelRequest() else { return markBroken() }
    async let answered = BlockingWork.run(until: deadline) { request.send() }
    await drain(until: deadline)
    if await answered != true { markBroken() }
  }

  /// Receives results to the end, shielded from cancellation; marks the connection broken when that fails.
  func drain(until deadline: ContinuousClock.Instant) async {
    let wasShielded = isShielded
    isShielded = true
    defer { isShielded = wasShielded }
    do {
      try await flush(until: deadline)
      while let result = try await nextResult(until: deadline) {
        if case .copyIn = result.status { _ = try putCopyEnd(failing: "cancelled") }
        if case .copyOut = result.status { try await discardCopyData(until: deadline) }
      }
    } catch {
      markBroken()
    }
  }

  /// Takes the answer of a statement that was sent unheard; marks the connection broken when that fails or the session is not idle afterwards.
  func settle() async {
    guard isUnsettled else { return }
    settled()
    await drain(until: ContinuousClock.now.advanced(by: configuration.timeouts.cancel))
    if !isAlive || transactionStatus != .idle { markBroken() }
  }

  private func discardCopyData(until deadline: ContinuousClock.Instant) async throws {
    while true {
      switch try getCopyData() {
      case .data: continue
      case .end: return
      case .wait:
        _ = try await wait(for: .read, until: deadline)
        if !consumeInput() { throw lost() }
      }
    }
  }
}

extension PostgresError {
  /// The error that the server reported.
  init(_ result: ResultHandle) {
    let state = result.errorField(.sqlState).map(SQLState.init(rawValue:))
    self.init(
      code: state.map(Code.server) ?? .connection,
      message: result.errorField(.message) ?? result.errorMessage,
      constraint: result.errorField(.constraint), schema: result.errorField(.schema),
      table: result.errorField(.table), column: result.errorField(.column))
  }
}

extension Session {
  /// Whether an idle connection still works as far as can be seen without asking the server: nothing is readable on it, or what is
  /// readable is not its end.
  var isUsableAfterIdling: Bool {
    guard !isBroken, isAlive else { return false }
    // An end within the last millisecond is no different from one while the next statement is in flight.
    guard idleSince.duration(to: .now) > .milliseconds(1) else { return true }
    guard Poller.isReadable(descriptor) else { return true }
    return consumeInput() && isAlive && !Poller.isReadable(descriptor)
  }
}
