internal import Postgres
internal import SyncProtocol

/// The rows that an answer will probably bring, told by what the sequencer of this process wrote last: they are read in the same exchange as the log.
///
/// Only a forecast. What the log says in that snapshot decides what is sent; rows that were foreseen wrongly are dropped, missing ones are read.
struct RowForecast: Sendable {
  /// Rows foreseen at most: many rows are worth an exchange of their own.
  static let most = 20

  /// By kind, ascending.
  let keys: [Kind: [RowKey]]

  /// - Parameters:
  ///   - starts: where each lane goes on.
  ///   - head: what was told of the log.
  init(for receiver: SiloNumber, from starts: [Lane: Position], head: Doorbell, registry: KindRegistry) {
    keys = Self.keys(for: receiver, from: starts, head: head, registry: registry)
  }

  private static func keys(
    for receiver: SiloNumber, from starts: [Lane: Position], head: Doorbell, registry: KindRegistry
  ) -> [Kind: [RowKey]] {
    var foreseen = Set<RowReference>()
    for (lane, start) in starts {
      guard let news = head.news(after: start), news.allSatisfy(\.isSmall) else { continue }
      for entry in news.lazy.flatMap(\.entries) where entry.receivers.contains(receiver) {
        // The rows of an interest are not known before it is read.
        guard registry.interests[entry.row.kind] == nil else { return [:] }
        if registry.lane(of: entry.row.kind) == lane { foreseen.insert(entry.row) }
        guard foreseen.count <= most else { return [:] }
      }
    }
    return Dictionary(grouping: foreseen, by: \.kind).mapValues { $0.map(\.key).sorted() }
  }

  /// Rows of one kind that came with the log.
  struct Rows: Sendable {
    let kind: Kind
    fileprivate let keys: Set<RowKey>
    fileprivate let reading: SourceReading
    fileprivate let answer: PostgresRows

    /// The rows of these keys; nil when not all of them were foreseen.
    func rows(of kind: Kind, _ asked: [RowKey]) throws -> [RowKey: SourceRow]? {
      guard kind == self.kind, asked.allSatisfy(keys.contains) else { return nil }
      return try reading.decode(answer)
    }
  }

  /// The statements that read what is foreseen, where a kind's rows are read by one.
  func readings(_ registry: KindRegistry, for receiver: SiloNumber) -> [Reading] {
    keys.sorted { $0.key < $1.key }.compactMap { kind, keys in
      registry.sources[kind]?.reading(keys, for: receiver).map { Reading(kind: kind, keys: Set(keys), reading: $0) }
    }
  }

  /// A statement of a forecast.
  struct Reading: Sendable {
    fileprivate let kind: Kind
    fileprivate let keys: Set<RowKey>
    fileprivate let reading: SourceReading

    var statement: SQL { reading.statement }

    func answered(_ rows: PostgresRows) -> Rows { Rows(kind: kind, keys: keys, reading: reading, answer: rows) }
  }
}
