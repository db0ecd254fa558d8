/// Decides which statements of one connection are prepared on the server.
///
/// A text is prepared when it is seen for the second time, so one-off statements cost nothing. At most `limit` stay prepared; the least
/// recently used makes room.
struct StatementCache: Sendable {
  struct Key: Hashable, Sendable {
    var text: String
    var types: [PostgresType]
  }

  enum Plan: Equatable, Sendable {
    /// Run it without a name.
    case once
    /// Prepare it under the name, after deallocating the other, then run it.
    case prepare(name: String, evicting: String?)
    /// Run what is prepared under the name.
    case execute(name: String)
  }

  private struct Entry {
    var name: String
    var lastUse: UInt64
  }

  private let limit: Int
  private var entries: [Key: Entry] = [:]
  private var seenOnce: Set<Key> = []
  private var clock: UInt64 = 0

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { entries.count }

  /// What to do with a statement. After `.prepare` the caller reports success with `prepared(_:as:)`.
  mutating func plan(for key: Key) -> Plan {
    guard limit > 0 else { return .once }
    clock += 1
    if let index = entries.index(forKey: key) {
      entries.values[index].lastUse = clock
      return .execute(name: entries.values[index].name)
    }
    guard seenOnce.remove(key) != nil else {
      if seenOnce.count >= limit { seenOnce.removeAll(keepingCapacity: true) }
      seenOnce.insert(key)
      return .once
    }
    var evicted: String?
    if entries.count >= limit, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
      evicted = entries.removeValue(forKey: oldest)?.name
    }
    return .prepare(name: "s\(clock)", evicting: evicted)
  }

  mutating func prepared(_ key: Key, as name: String) {
    entries[key] = Entry(name: name, lastUse: clock)
  }

  /// Drops a statement that the server does not know any more or cannot run any more; returns the name to deallocate.
  mutating func forget(_ key: Key) -> String? {
    entries.removeValue(forKey: key)?.name
  }
}
