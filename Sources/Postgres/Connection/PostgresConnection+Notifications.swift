extension PostgresConnection {
  /// Listens on a channel until the lease ends; the connection is closed then instead of being lent again.
  ///
  /// Notifications are hints that something may have changed: they are lost with the connection, so look at the data at the start and
  /// from time to time.
  public func listen(_ channel: String) async throws {
    let session = try await flush()
    session.isReusable = false
    try await session.run(simple: "LISTEN \(SQL.quoted(identifier: channel))")
  }

  /// The next notification, nil when none came in time.
  ///
  /// - Throws: ``PostgresError`` with code `.connection` when the connection is lost, or `CancellationError`.
  public func nextNotification(within limit: Duration) async throws -> PostgresNotification? {
    let session = try session()
    try session.admit()
    let deadline = ContinuousClock.now.advanced(by: limit)
    while true {
      if let notification = session.takeNotification() { return notification }
      do {
        _ = try await session.wait(for: .read, until: deadline)
      } catch let error as PostgresError where error.code == .timeout {
        return nil
      }
      if !session.consumeInput() { throw session.lost() }
    }
  }
}
