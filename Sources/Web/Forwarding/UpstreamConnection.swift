internal import NIOCore
internal import NIOHTTP1

/// A connection to an upstream for one exchange, for tasks: everything is done on its event loop.
///
/// A task may learn late that its exchange is over, and the connection may be another's by then: what it still wants to refuse or close is nobody's.
struct UpstreamConnection: Sendable {
  let channel: any Channel
  private let handler: NIOLoopBound<UpstreamHandler>
  /// Which exchange of the connection it is for.
  private let turn: Int

  init(channel: any Channel, handler: NIOLoopBound<UpstreamHandler>, turn: Int) {
    self.channel = channel
    self.handler = handler
    self.turn = turn
  }

  /// Sends a request without body and waits for the head of its answer.
  func answer(to head: HTTPRequestHead, _ exchange: UpstreamExchange) async throws -> UpstreamAnswer {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in
        perform(continuation) { handler in
          handler.begin(exchange, head, isWhole: true)
          handler.head(continuation)
        }
      }
    }
  }

  /// Sends the head of a request whose body follows.
  func begin(_ head: HTTPRequestHead, _ exchange: UpstreamExchange) {
    perform { $0.begin(exchange, head, isWhole: false) }
  }

  /// - Throws: ``ForwardFailure`` when the upstream takes no more.
  func write(_ bytes: ByteBuffer) async throws {
    // Not ended by cancellation: whoever cancels an upload has refused the rest of it, or ends the exchange.
    try await withCheckedThrowingContinuation { continuation in perform(continuation) { $0.write(bytes, continuation) }
    }
  }

  /// Stops whoever sends the rest of the request.
  func refuseRest() { perform { $0.refuseRest() } }

  func end() { perform { $0.end() } }

  func answer() async throws -> UpstreamAnswer {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in perform(continuation) { $0.head(continuation) } }
    }
  }

  /// Waits until the request was sent whole; false when its answer is complete before.
  func isRequestSent() async throws -> Bool {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in perform(continuation) { $0.rest(continuation) } }
    }
  }

  /// The next piece of the answer's body. Not to be asked for after the last one.
  func next() async throws -> UpstreamChunk {
    try await cancellable {
      try await withCheckedThrowingContinuation { continuation in perform(continuation) { $0.body(continuation) } }
    }
  }

  func close(_ failure: ForwardFailure = ForwardFailure(.brokenOff, isSent: true, "the caller is gone")) {
    perform { $0.close(failure) }
  }

  private func cancellable<Value: Sendable>(_ wait: () async throws -> Value) async throws -> Value {
    try await withTaskCancellationHandler(operation: wait) { close() }
  }

  private func perform(_ work: @escaping @Sendable (UpstreamHandler) -> Void) {
    channel.eventLoop.execute { [handler, turn] in
      if handler.value.turn == turn { work(handler.value) }
    }
  }

  /// - Parameter waiter: who is told when the exchange is over.
  private func perform<Value>(
    _ waiter: CheckedContinuation<Value, any Error>, _ work: @escaping @Sendable (UpstreamHandler) -> Void
  ) {
    channel.eventLoop.execute { [handler, turn] in
      guard handler.value.turn == turn else {
        return waiter.resume(throwing: ForwardFailure(.brokenOff, isSent: true, "the exchange is over"))
      }
      work(handler.value)
    }
  }
}
