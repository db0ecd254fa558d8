/// How deliveries are tried.
public struct WebhookPolicy: Sendable, Hashable {
  /// Deliveries in flight at once.
  public var concurrency: Int
  /// Time for one attempt.
  public var timeout: Duration
  /// The wait after the first failure; doubles with each further one, with full jitter from half to all of it.
  public var firstRetry: Duration
  public var longestRetry: Duration
  /// Attempts before a delivery is dead and waits for a replay.
  public var attempts: Int32
  /// Between looks at the queue when nothing rings.
  public var poll: Duration

  public init(
    concurrency: Int = 16, timeout: Duration = .seconds(15), firstRetry: Duration = .seconds(5),
    longestRetry: Duration = .seconds(3600), attempts: Int32 = 12, poll: Duration = .seconds(1)
  ) {
    self.concurrency = max(1, concurrency)
    self.timeout = timeout
    self.firstRetry = firstRetry
    self.longestRetry = longestRetry
    self.attempts = max(1, attempts)
    self.poll = poll
  }

  /// The wait after so many failures; `jitter` is from 0 to 1.
  func wait(after attempts: Int32, jitter: Double) -> Double {
    let doubled = min(longestRetry.seconds, firstRetry.seconds * Double(1 << min(30, max(0, attempts - 1))))
    return doubled / 2 + doubled / 2 * jitter
  }
}
