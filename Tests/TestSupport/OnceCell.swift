/// A value made once, by the first caller, while the others wait; a failure is given to its caller and the next one tries again.
actor OnceCell<Value: Sendable> {
  private var made: Value?
  private var isMaking = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func value(_ make: @Sendable () async throws -> Value) async throws -> Value {
    while isMaking { await withCheckedContinuation { waiting.append($0) } }
    if let made { return made }
    isMaking = true
    defer {
      isMaking = false
      let resumed = waiting
      waiting = []
      for continuation in resumed { continuation.resume() }
    }
    let value = try await make()
    made = value
    return value
  }
}
