/// Rows that decisions rest on, as read from the database, until somebody says that they changed. A value: time and notices come from outside.
///
/// A row read before a notice and kept after it would be wrong for ever, so each reading holds a ``Ticket`` of its beginning, and what a notice touched since is
/// not kept.
struct KnowledgeCopy<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// The beginning of a reading.
  struct Ticket: Sendable { fileprivate let notices: UInt64 }

  private struct Entry: Sendable {
    var value: Value
    var subjects: [String]
  }

  /// Touches everything.
  static var everything: String { "*" }

  /// Rows that are kept at most; then all are forgotten, which costs one reading each.
  private let capacity: Int
  /// Notices that are remembered; a reading that took longer is not kept.
  private let memory: Int
  private var entries: [Key: Entry] = [:]
  private var keys: [String: Set<Key>] = [:]
  private var recent: [String] = []
  private var notices: UInt64 = 0

  init(capacity: Int = 100_000, memory: Int = 1024) {
    self.capacity = capacity
    self.memory = memory
  }

  var count: Int { entries.count }

  subscript(key: Key) -> Value? { entries[key]?.value }

  /// Call before the statement that reads.
  func begin() -> Ticket { Ticket(notices: notices) }

  /// Keeps what was read, unless a notice since the beginning touched it. - Parameter subjects: whose notices touch it.
  mutating func keep(_ value: Value, for key: Key, of subjects: [String], read ticket: Ticket) {
    let missed = notices - ticket.notices
    guard missed <= UInt64(recent.count) else { return }
    let since = recent.suffix(Int(missed))
    guard !since.contains(where: { $0 == Self.everything || subjects.contains($0) }) else { return }
    if entries.count >= capacity { forgetAll() }
    forget(key)
    entries[key] = Entry(value: value, subjects: subjects)
    for subject in subjects { keys[subject, default: []].insert(key) }
  }

  /// Rows of a subject changed.
  mutating func hear(_ subject: String) {
    notices += 1
    if recent.count >= memory { recent.removeFirst(memory / 2) }
    recent.append(subject)
    if subject == Self.everything { return forgetAll() }
    for key in keys[subject] ?? [] { forget(key) }
  }

  private mutating func forget(_ key: Key) {
    guard let entry = entries.removeValue(forKey: key) else { return }
    for subject in entry.subjects {
      keys[subject]?.remove(key)
      if keys[subject]?.isEmpty ?? false { keys[subject] = nil }
    }
  }

  private mutating func forgetAll() {
    entries.removeAll()
    keys.removeAll()
  }
}
