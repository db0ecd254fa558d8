import Outbox

/// What is wrong with a silo's database, from facts: versions, durability, rights, and who holds things up.
struct DatabaseDiagnosis: Sendable {
  static let oldestVersion = 140_000
  /// Of `SNAPSHOT_HELD`, `IDLE_IN_TRANSACTION` and `PREPARED_TRANSACTION`, in seconds.
  static let longTransaction = 300.0
  static let longIdle = 60.0
  static let longPrepared = 60.0
  /// WAL that a slot without a consumer may keep, in bytes.
  static let slotBytes: Int64 = 256 << 20
  /// Milliseconds that Atoll's own longest bounded statement may take.
  static let shortestStatementTimeout = 20_000
  /// Seconds of difference to the database's clock.
  static let clockDifference = 5.0

  let facts: DatabaseFacts
  /// The size of the server's pool.
  let poolSize: Int
  /// Whether these are servers for development, which may be fast instead of safe.
  let isDevelopment: Bool

  var findings: [Finding] { server + rights + holders }

  private func setting(_ name: String) -> String? { facts.settings[name] }

  private var server: [Finding] {
    var found: [Finding] = []
    if facts.version < Self.oldestVersion {
      found.append(Finding(.databaseTooOld, "PostgreSQL \(facts.version / 10_000)"))
    }
    let unsafe = ["fsync", "full_page_writes", "synchronous_commit"].filter { setting($0) == "off" }
    if !unsafe.isEmpty {
      // Without synchronous_commit the newest commits may go, but nothing is torn.
      let isGrave = !isDevelopment && unsafe != ["synchronous_commit"]
      found.append(
        Finding(
          .durabilityOff, "off: \(unsafe.joined(separator: ", "))", severity: isGrave ? .error : .warning))
    }
    if setting("wal_level") == "minimal" { found.append(Finding(.walLevelMinimal, "wal_level is minimal")) }
    if let text = setting("max_connections"), let maximum = Int(text) {
      let reserved = setting("superuser_reserved_connections").flatMap { Int($0) } ?? 0
      let left = maximum - reserved - Int(facts.connectionsUsed)
      if left < poolSize {
        found.append(
          Finding(
            .connectionsShort, "\(max(0, left)) of \(maximum) connections are left, the pool may take \(poolSize)"))
      }
    }
    if let text = setting("statement_timeout"), let timeout = Int(text), timeout > 0,
      timeout < Self.shortestStatementTimeout
    {
      found.append(Finding(.statementTimeoutShort, "statement_timeout is \(timeout) ms for this login"))
    }
    if abs(facts.clockDifference) > Self.clockDifference {
      found.append(
        Finding(.clockSkewDatabase, "the database's clock differs by \(Int(facts.clockDifference.rounded())) s"))
    }
    return found
  }

  private var rights: [Finding] {
    var found = facts.missingRoles.map { Finding(.roleMissing, "no role \($0)") }
    if !facts.missingRights.isEmpty {
      found.append(
        Finding(.rightsMissing, "\(facts.user) lacks \(facts.missingRights.joined(separator: ", "))"))
    }
    if !facts.wideRights.isEmpty {
      let named = facts.wideRights.prefix(5).joined(separator: ", ")
      found.append(Finding(.rightsTooWide, "the application may \(named)" + Self.more(facts.wideRights.count - 5)))
    }
    if facts.isSuperuser || facts.isOwner {
      found.append(
        Finding(.loginTooMighty, "\(facts.user) \(facts.isSuperuser ? "is a superuser" : "owns the schemas")"))
    }
    if !facts.unpinned.isEmpty {
      found.append(Finding(.searchPathUnpinned, facts.unpinned.prefix(5).joined(separator: ", ")))
    }
    return found
  }

  private var holders: [Finding] {
    var found: [Finding] = []
    if !facts.seesSessions {
      found.append(Finding(.rightsLimitedView, "\(facts.user) does not see transactions of other logins"))
    }
    let idle = facts.sessions.filter { $0.state?.hasPrefix("idle in transaction") ?? false }
    if let longest = idle.map(\.seconds).max(), longest > Self.longIdle {
      found.append(
        Finding(.idleInTransaction, "\(idle.count) sessions, the longest for \(Int(longest)) s"))
    }
    let busy = facts.sessions.filter { $0.state == "active" && $0.seconds > Self.longTransaction }
    if let longest = busy.map(\.seconds).max() {
      found.append(Finding(.snapshotHeld, "\(busy.count) transactions, the longest for \(Int(longest)) s"))
    }
    if let oldest = facts.prepared.max(), oldest > Self.longPrepared {
      found.append(
        Finding(.preparedTransaction, "\(facts.prepared.count) prepared transactions, the oldest for \(Int(oldest)) s"))
    }
    for slot in facts.slots where !slot.isActive && (slot.retainedBytes ?? 0) > Self.slotBytes {
      found.append(Finding(.slotInactive, "slot \(slot.name) keeps \((slot.retainedBytes ?? 0) >> 20) MiB of WAL"))
    }
    return found
  }

  private static func more(_ count: Int) -> String { count > 0 ? " and \(count) more" : "" }
}
