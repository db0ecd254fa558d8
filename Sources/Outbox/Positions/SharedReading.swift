/// A reading that all share who ask while it has not begun: nobody gets one that began before the question.
package actor SharedReading<Value: Sendable> {
  private let read: @Sendable () async throws -> Value
  private var begun: UInt64 = 0
  private var latest: (number: UInt64, result: Result<Value, any Error>)?
  private var isReading = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  package init(_ read: @escaping @Sendable () async throws -> Value) { self.read = read }

  /// - Throws: what the reading threw that answers this question, for all who share it.
  package func value() async throws -> Value {
    let wanted = begun + 1
    while true {
      if let latest, latest.number >= wanted { return try latest.result.get() }
      if isReading {
        await withCheckedContinuation { waiting.append($0) }
        continue
      }
      isReading = true
      begun += 1
      let number = begun
      let result: Result<Value, any Error>
      do { result = .success(try await read()) } catch { result = .failure(error) }
      isReading = false
      // Cancelled with the one who asked: the others ask for themselves.
      if case .failure(let error) = result, error is CancellationError {
        resume()
        throw error
      }
      latest = (number, result)
      resume()
    }
  }

  private func resume() {
    let resumed = waiting
    waiting = []
    for continuation in resumed { continuation.resume() }
  }
}
