internal import Outbox
internal import Postgres
internal import Synchronization

extension DirectoryMap {
  /// How long ``refresh()`` waits at most.
  package static let refreshLimit = Duration.seconds(2)

  /// Returns when the map has everything that was committed before the call, or after ``refreshLimit``. Many callers share one reading.
  ///
  /// For one retry after a region said that a home is stale; not for every miss.
  package func refresh() async {
    let suspension = Suspension()
    let isFollowed = standing.withLock { standing in
      guard standing.isFollowed else { return false }
      standing.waiters.append((reading: standing.begun + 1, suspension: suspension))
      return true
    }
    guard isFollowed else { return }
    bell.ring()
    await suspension.wait(until: .now + Self.refreshLimit)
    standing.withLock { $0.waiters.removeAll { $0.suspension === suspension } }
  }

  /// How long ago the reading began that the map is as good as; nil before the first.
  package var age: Duration? { standing.withLock { $0.asOf.map { .now - $0 } } }

  /// When the file was written that the map came from, in seconds since 1970; nil once the database was read.
  package var restoredAt: Int64? { standing.withLock { $0.asOf == nil ? $0.restored : nil } }

  /// Writings of the file that failed since the process began.
  package var fileFailures: Int { standing.withLock { $0.fileFailures } }

  // MARK: The follower's side

  /// Notes how a writing of the file ended.
  func noteFile(isWritten: Bool) {
    standing.withLock { standing in
      standing.fileFailures += isWritten ? 0 : 1
      standing.fileFailed = isWritten ? nil : .now
    }
  }

  /// How long ago the last writing failed, when none has gone well since.
  var fileFailedFor: Duration? { standing.withLock { $0.fileFailed.map { .now - $0 } } }

  func note(restoredFrom written: Int64) { standing.withLock { $0.restored = written } }

  func follow(_ isFollowed: Bool) {
    let waiters = standing.withLock { standing in
      standing.isFollowed = isFollowed
      return isFollowed ? [] : standing.waiters
    }
    for waiter in waiters { waiter.suspension.end() }
  }

  func beginReading() -> (reading: UInt64, at: ContinuousClock.Instant) {
    standing.withLock { standing in
      standing.begun += 1
      return (standing.begun, .now)
    }
  }

  func endReading(_ reading: (reading: UInt64, at: ContinuousClock.Instant)) {
    let waiters = standing.withLock { standing in
      standing.ended = reading.reading
      standing.asOf = reading.at
      return standing.waiters.filter { $0.reading <= reading.reading }
    }
    for waiter in waiters { waiter.suspension.end() }
  }
}
