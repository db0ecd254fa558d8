import Postgres

@testable import atoll

/// Follows both ways' effects from check to check: each looks at what is new in the trails and at the tables, which stay small.
struct EffectWatch: Sendable {
  let tables: [EffectTables]
  private var audits: [EffectTables.Way: EffectAudit] = [:]
  private var last: [EffectTables.Way: Int64] = [:]

  init(tables: [EffectTables]) { self.tables = tables }

  /// Effects looked at so far.
  var effects: Int { audits.values.reduce(0) { $0 + $1.effects } }

  func found(_ fault: EffectAudit.Fault) -> Int { audits.values.reduce(0) { $0 + $1.found[fault, default: 0] } }

  /// Waits until both sides hold the same and looks at what led there.
  ///
  /// - Throws: ``Violation``, ``NotInTime``
  mutating func check(_ load: inout EffectLoad, _ islands: Islands, after place: String) async throws {
    for tables in tables {
      try await check(tables, load.takeTouched(tables.way), load.writes[tables.way] ?? [:], islands, after: place)
    }
  }

  /// Looks at every effect and every write from the beginning.
  mutating func checkAll(_ load: EffectLoad, _ islands: Islands) async throws {
    (audits, last) = ([:], [:])
    for tables in tables {
      let writes = load.writes[tables.way] ?? [:]
      try await check(tables, writes.map { ($0.key, $0.value) }, writes, islands, after: "everything")
    }
  }

  /// - Parameters:
  ///   - touched: rows whose source is looked at.
  ///   - writes: of all rows.
  private mutating func check(
    _ tables: EffectTables, _ touched: [(String, EffectAudit.Writes)], _ writes: [String: EffectAudit.Writes],
    _ islands: Islands, after place: String
  ) async throws {
    let way = tables.way
    var audit = audits[way] ?? EffectAudit()
    let from = last[way] ?? 0
    let receiver = try tables.receiver(in: islands)
    let (source, trail) = try await islands.withDatabase(of: try tables.source(in: islands)) { there in
      try await islands.withDatabase(of: receiver) { here in
        let source: [String: Int64] = try await eventually(
          "the same rows on both sides (\(way.rawValue)) after \(place)"
        ) {
          let source = try await tables.written(on: there)
          let held = try await tables.held(on: here)
          guard source == held else { throw Difference(source: source, held: held) }
          return source
        }
        return (source, try await EffectTables.trail(after: from, on: here))
      }
    }
    for effect in trail.effects { audit.take(effect, writes[effect.key]) }
    audit.compare(with: source)
    audit.compare(source, with: touched)
    (audits[way], last[way]) = (audit, trail.last)
    guard audit.found.isEmpty else {
      throw Violation(place: "\(place) (\(way.rawValue))", found: audit.sentences)
    }
  }

  /// What two sides do not agree on, as the last word of a wait that ended in vain.
  private struct Difference: Error, CustomStringConvertible {
    let source: [String: Int64]
    let held: [String: Int64]

    var description: String {
      let differing = Set(source.keys).union(held.keys).filter { source[$0] != held[$0] }.sorted()
      let shown = differing.prefix(5).map { key in
        "\(key) is \(source[key].map(String.init) ?? "gone") and \(held[key].map(String.init) ?? "nothing") there"
      }
      return "\(differing.count) rows differ: \(shown.joined(separator: ", "))"
    }
  }
}
