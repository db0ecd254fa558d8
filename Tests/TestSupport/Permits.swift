/// A bound on how much runs at once. Nested use counts once, so a test cannot wait for itself.
actor Permits {
  @TaskLocal private static var isHeld = false

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(count: Int) {
    free = count
  }

  nonisolated func withPermit<Result>(_ body: () async throws -> Result) async throws -> Result {
    guard !Self.isHeld else { return try await body() }
    await take()
    let result: Result
    do {
      result = try await Self.$isHeld.withValue(true) { try await body() }
    } catch {
      await giveBack()
      throw error
    }
    await giveBack()
    return result
  }

  private func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  private func giveBack() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}
