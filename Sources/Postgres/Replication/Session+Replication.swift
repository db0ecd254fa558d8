/// COPY BOTH, the mode of a replication stream.
extension Session {
  /// Sends the command that begins a stream and waits until it has begun.
  func startCopyBoth(_ command: String, until deadline: ContinuousClock.Instant) async throws {
    try admit()
    isBusy = true
    try send(simple: command)
    try await flush(until: deadline)
    guard let result = try await nextResult(until: deadline) else { throw lost() }
    guard result.status != .copyBoth else { return }
    markBroken()
    throw result.status == .failed
      ? PostgresError(result) : PostgresError(code: .misuse, message: "the command does not begin a stream")
  }

  /// Why the server ended the stream.
  func endOfStream(until deadline: ContinuousClock.Instant) async -> any Error {
    defer { markBroken() }
    do {
      guard let result = try await nextResult(until: deadline), result.status == .failed else { return lost() }
      return PostgresError(result)
    } catch {
      return error
    }
  }
}
