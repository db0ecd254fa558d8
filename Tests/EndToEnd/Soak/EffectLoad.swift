import FoundationEssentials
import Postgres

@testable import atoll

/// The application's writes on both ways while processes die, and what became of each.
///
/// The tables stay small, so that the checks between two strikes cost the same at the beginning and at the end: rows go when there are enough.
struct EffectLoad: Sendable {
  /// Rows of a burst that come and that go, and rows that change.
  private static let rows = 25
  private static let changes = 15
  /// Living rows of a way from which on old ones go.
  private static let enough = 500
  /// Between two bursts: a load, not a backlog.
  private static let pause = Duration.milliseconds(60)

  let tables: [EffectTables]
  private(set) var writes: [EffectTables.Way: [String: EffectAudit.Writes]] = [:]
  /// Rows all of whose writes were confirmed, the oldest first. Others are left alone: their source knows what became of them.
  private var living: [EffectTables.Way: [String]] = [:]
  /// Rows that were written since the last check.
  private var touched: [EffectTables.Way: Set<String>] = [:]
  private var number: Int64 = 0
  private var chance: Chance

  init(tables: [EffectTables], seed: UInt64) {
    self.tables = tables
    chance = Chance(seed: seed ^ 0xEFFE_C75)
  }

  /// Bursts that lead to about so many effects. Ends early where the databases are away.
  func writing(_ effects: Int, _ islands: Islands) async -> EffectLoad {
    var load = self
    let bursts = 1 + effects / (2 * Self.rows + Self.changes)
    var confirmed = 0
    for attempt in 0..<(bursts * 4) where confirmed < bursts {
      if await load.burst(load.tables[attempt % load.tables.count], islands) { confirmed += 1 }
      do { try await ContinuousClock().sleep(for: Self.pause) } catch { break }
    }
    return load
  }

  /// The rows that were written since this was asked last.
  mutating func takeTouched(_ way: EffectTables.Way) -> [(String, EffectAudit.Writes)] {
    defer { touched[way] = [] }
    return touched[way, default: []].compactMap { key in writes[way]?[key].map { (key, $0) } }
  }

  /// One transaction. Returns whether it was confirmed.
  private mutating func burst(_ tables: EffectTables, _ islands: Islands) async -> Bool {
    let way = tables.way
    let burst = next(way)
    note(burst, way)
    do {
      try await islands.withDatabase(of: try tables.source(in: islands)) { client in
        try await client.withTransaction { try await tables.write(burst, on: $0) }
      }
      confirm(burst, way)
      History.note("burst \(way.rawValue) \(number) ok", islands)
      return true
    } catch {
      // It may have happened.
      let doubtful = Set(burst.change + burst.go)
      living[way]?.removeAll { doubtful.contains($0) }
      History.note("burst \(way.rawValue) \(number) unknown: \(error)", islands)
      return false
    }
  }

  private mutating func next(_ way: EffectTables.Way) -> EffectTables.Burst {
    let rows = living[way, default: []]
    var burst = EffectTables.Burst()
    burst.go = Array(rows.prefix(min(Self.rows, max(0, rows.count - Self.enough))))
    let rest = rows.dropFirst(burst.go.count)
    let start = rest.startIndex + chance.next(below: max(1, rest.count - Self.changes))
    burst.change = Array(rest[start...].prefix(Self.changes))
    burst.changeNumbers = burst.change.map { _ in nextNumber() }
    burst.come = (0..<Self.rows).map { _ in (way == .up ? "e-" : "") + UUID().uuidString.lowercased() }
    burst.comeNumbers = burst.come.map { _ in nextNumber() }
    return burst
  }

  private mutating func nextNumber() -> Int64 {
    number += 1
    return number
  }

  private mutating func note(_ burst: EffectTables.Burst, _ way: EffectTables.Way) {
    for (key, number) in zip(burst.come + burst.change, burst.comeNumbers + burst.changeNumbers) {
      writes[way, default: [:]][key, default: .init()].numbers.append(number)
    }
    for key in burst.go { writes[way]?[key]?.isRemovalAsked = true }
    touched[way, default: []].formUnion(burst.come + burst.change + burst.go)
  }

  private mutating func confirm(_ burst: EffectTables.Burst, _ way: EffectTables.Way) {
    for key in burst.come + burst.change {
      let last = writes[way]?[key]?.numbers.last
      writes[way]?[key]?.confirmed = last
    }
    for key in burst.go { writes[way]?[key]?.isRemovalConfirmed = true }
    living[way, default: []].removeFirst(burst.go.count)
    living[way, default: []] += burst.come
  }
}
