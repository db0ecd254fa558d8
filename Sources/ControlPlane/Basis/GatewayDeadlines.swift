internal import Web

/// How long a request may take by its path: a table, of which the first entry that fits counts.
///
/// Data that clients send is short work, so a region that is slow with it gives its places back soon; exports and event streams are long. Without an entry of its own
/// a path has the times of `default`.
package struct GatewayDeadlines: Sendable, Hashable {
  /// Seconds.
  package struct Times: Sendable, Hashable {
    /// From the end of a request to the first byte of its answer.
    package var first: Int
    /// Without any progress of a body, either way.
    package var idle: Int
    /// For the whole body of a request; nil for no bound but `idle`.
    package var upload: Int?
    /// From the head of a request to the last byte of its answer; nil for no bound. Event streams have none.
    package var total: Int?
  }

  private struct Entry: Sendable, Hashable {
    let pattern: PathPattern
    let times: Times
  }

  /// Of everything that no other entry is for.
  package var usual = Times(first: 30, idle: 30, upload: 1800, total: 3600)
  /// Of data by project key, unless an entry names its path.
  package private(set) var ingest = Times(first: 10, idle: 15, upload: 300, total: 360)
  /// Seconds that an event stream may be silent.
  package private(set) var events = 300
  private var entries: [Entry] = []

  /// Entries of one table.
  package static let maximum = 64
  /// A day: nothing waits longer.
  private static let longest = 86_400

  package init() {}

  /// Entries with commas or new lines between. Each is `default`, `ingest`, `events` or a path such as `/api/0/organizations/*/export/**`, and then
  /// `first=`, `idle=`, `upload=` and `total=` in seconds, the last two also `none`; `events` takes `idle=` alone. What an entry does not say it has of `default`.
  ///
  /// - Parameter usual: the times of `default` as far as the text says nothing of them.
  package init?(_ text: String, usual: Times = GatewayDeadlines().usual) {
    self.usual = usual
    var named: Set<Substring> = []
    let lines = text.split { $0 == "," || $0 == "\n" }.map { $0.split { $0 == " " || $0 == "\t" || $0 == "\r" } }
      .filter { !$0.isEmpty }
    guard lines.count <= Self.maximum else { return nil }
    // `default` first, wherever it stands: the others begin with it.
    for line in lines.filter({ $0[0] == "default" }) + lines.filter({ $0[0] != "default" }) {
      guard line.count > 1, named.insert(line[0]).inserted else { return nil }
      let base = line[0] == "ingest" ? ingest : self.usual
      guard let times = Self.times(line.dropFirst(), base) else { return nil }
      switch line[0] {
      case "default": self.usual = times
      case "ingest": ingest = times
      case "events":
        guard line.count == 2, line[1].hasPrefix("idle=") else { return nil }
        events = times.idle
      default:
        guard let pattern = PathPattern(line[0]) else { return nil }
        entries.append(Entry(pattern: pattern, times: times))
      }
    }
  }

  private static func times(_ words: ArraySlice<Substring>, _ base: Times) -> Times? {
    var times = base
    var said: Set<Substring> = []
    for word in words {
      let parts = word.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, said.insert(parts[0]).inserted else { return nil }
      let isNone = parts[1] == "none"
      let seconds = Int(parts[1]).flatMap { (1...longest).contains($0) ? $0 : nil }
      guard isNone || seconds != nil else { return nil }
      switch (parts[0], seconds) {
      case ("first", let seconds?): times.first = seconds
      case ("idle", let seconds?): times.idle = seconds
      case ("upload", _): times.upload = seconds
      case ("total", _): times.total = seconds
      default: return nil
      }
    }
    return times
  }

  /// The times of a path without its query.
  package func times(for path: Substring, isIngest: Bool) -> Times {
    if !entries.isEmpty {
      let segments = PathPattern.segments(of: path)
      if let entry = entries.first(where: { $0.pattern.matches(segments) }) { return entry.times }
    }
    return isIngest ? ingest : usual
  }

  /// - Parameter limits: what is not a matter of the path.
  func limits(_ limits: ForwardLimits, for path: Substring, isIngest: Bool) -> ForwardLimits {
    let times = times(for: path, isIngest: isIngest)
    var limits = limits
    limits.head = .seconds(times.first)
    limits.idle = .seconds(times.idle)
    limits.upload = times.upload.map { .seconds($0) }
    limits.total = times.total.map { .seconds($0) }
    limits.streamIdle = .seconds(events)
    return limits
  }
}
