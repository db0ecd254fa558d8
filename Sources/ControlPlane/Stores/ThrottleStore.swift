package import FoundationEssentials
internal import Outbox
internal import Postgres

/// Failures that slow the next try, counted in the database so that every process of control sees them.
package enum ThrottleStore {
  /// What failures are counted for.
  package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Logins at an address of mail, whether or not it has an account.
    case account
    /// Logins from a network.
    case network
    /// Logins from a device that has logged in before.
    case device
    /// A person's second factor, and the same from a known device.
    case secondFactor = "second_factor"
    /// The password of a sign-up, asked for when its letter is answered.
    case signUp = "sign_up"
    /// A logged-in person's own password, asked for again.
    case password
    /// Letters to an address, and letters that a network asks for.
    case letters
    case networkLetters = "network_letters"
  }

  package struct Key: Sendable, Hashable {
    package let scope: Scope
    /// 32 bytes.
    package let digest: [UInt8]

    package init(scope: Scope, digest: [UInt8]) {
      self.scope = scope
      self.digest = digest
    }
  }

  /// How long failures keep the next try waiting.
  package struct Schedule: Sendable, Hashable {
    /// Tries that wait for nothing.
    package let free: Int
    /// Seconds after the last free one; each further failure doubles it.
    package let first: Int64
    /// Seconds it never exceeds.
    package let longest: Int64
    /// Seconds without a failure after which all are forgotten.
    package let memory: Int64

    package init(free: Int, first: Int64, longest: Int64, memory: Int64) {
      self.free = free
      self.first = first
      self.longest = longest
      self.memory = memory
    }
  }

  /// Until when the key has to wait; nil when it may try now.
  package static func wait(_ key: Key, now: Date, on control: ControlConnection) async throws -> Date? {
    let rows = try await control.query(
      """
      SELECT until FROM control.throttle
      WHERE scope = \(key.scope.rawValue) AND key = \(key.digest) AND until > \(now)
      """)
    return try rows.decode(Date.self).first
  }

  /// Counts a failure, of a try that failed or of one that begins: as long as it is under way it counts as failed, so that many at once are not
  /// more than many in a row. Returns how many there are, or nil, with nothing counted, when the key has to wait.
  package static func count(
    _ key: Key, _ schedule: Schedule, now: Date, evenWhileWaiting: Bool, on control: ControlConnection
  ) async throws -> Int? {
    let forgotten = now.addingTimeInterval(-Double(schedule.memory))
    let first = until("1", from: "\(now)", schedule)
    let rows = try await control.query(
      """
      INSERT INTO control.throttle AS t (scope, key, failures, last, until)
      VALUES (\(key.scope.rawValue), \(key.digest), 1, \(now), \(first))
      ON CONFLICT (scope, key) DO UPDATE SET
        failures = CASE WHEN t.last < \(forgotten) THEN 1 ELSE least(t.failures, 100000) + 1 END,
        last = \(now),
        until = CASE WHEN t.last < \(forgotten) THEN \(first)
          ELSE \(until("(t.failures + 1)", from: "\(now)", schedule)) END
      WHERE t.until <= \(now) OR \(evenWhileWaiting)
      RETURNING failures
      """)
    return try rows.decode(Int32.self).first.map(Int.init)
  }

  /// Takes back what ``count`` counted for a try that came to no end.
  package static func takeBack(_ key: Key, _ schedule: Schedule, on control: ControlConnection) async throws {
    try await control.execute(
      """
      UPDATE control.throttle SET failures = greatest(failures - 1, 0),
        until = \(until("(failures - 1)", from: "last", schedule))
      WHERE scope = \(key.scope.rawValue) AND key = \(key.digest)
      """)
  }

  /// Forgets the failures of a key.
  package static func clear(_ key: Key, on control: ControlConnection) async throws {
    try await control.execute(
      "DELETE FROM control.throttle WHERE scope = \(key.scope.rawValue) AND key = \(key.digest)")
  }

  /// Forgets keys whose last failure is older than `date`, at most `limit`; returns how many.
  package static func prune(before date: Date, limit: Int, on control: ControlConnection) async throws -> Int {
    try await control.execute(
      """
      DELETE FROM control.throttle WHERE (scope, key) IN (
        SELECT scope, key FROM control.throttle WHERE last < \(date) ORDER BY last LIMIT \(limit) FOR UPDATE SKIP LOCKED)
      """)
  }

  /// Until when so many failures keep the next try waiting. Free ones not even until now: of two that begin at once, one has the later clock.
  private static func until(_ failures: String, from start: SQL, _ schedule: Schedule) -> SQL {
    """
    CASE WHEN \(raw: failures) < \(Int32(clamping: schedule.free)) THEN to_timestamp(0)
    ELSE \(start) + least(\(schedule.longest)::float8,
      \(schedule.first)::float8 * power(2, least(\(raw: failures) - \(Int32(clamping: schedule.free)), 30))) * interval '1 second' END
    """
  }
}
