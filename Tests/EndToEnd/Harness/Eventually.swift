/// What became true too late.
struct NotInTime: Error, CustomStringConvertible {
  let what: String
  let last: String
  var description: String { "\(what) did not happen in time; last: \(last)" }
}

/// Asks until the answer is a value. Whole processes give no signal to wait for, so this is the one place that polls.
func eventually<Value>(
  _ what: String, within patience: Duration = .seconds(60), every interval: Duration = .milliseconds(50),
  _ ask: () async throws -> Value?
) async throws -> Value {
  let deadline = ContinuousClock.now + patience
  var last = "nothing"
  while ContinuousClock.now < deadline {
    do {
      if let value = try await ask() { return value }
      last = "not yet"
    } catch let error as CancellationError {
      throw error
    } catch {
      last = "\(error)"
    }
    try await ContinuousClock().sleep(for: interval)
  }
  throw NotInTime(what: what, last: last)
}

/// Asks until it is so.
func eventually(
  _ what: String, within patience: Duration = .seconds(60), _ isSo: () async throws -> Bool
) async throws {
  let _: Bool = try await eventually(what, within: patience) { try await isSo() ? true : nil }
}
