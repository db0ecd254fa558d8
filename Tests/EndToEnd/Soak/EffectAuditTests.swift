import Testing

/// The judge of the campaigns is judged first: it finds each fault, and finds nothing where there is none.
@Suite("The audit of effects")
struct EffectAuditTests {
  private static func writes(_ numbers: [Int64], removed: Bool = false) -> EffectAudit.Writes {
    EffectAudit.Writes(
      numbers: numbers, confirmed: numbers.last, isRemovalAsked: removed, isRemovalConfirmed: removed)
  }

  private static func audit(
    _ effects: [Effect], _ writes: [String: EffectAudit.Writes], source: [String: Int64]
  ) -> EffectAudit {
    var audit = EffectAudit()
    for effect in effects { audit.take(effect, writes[effect.key]) }
    audit.compare(with: source)
    audit.compare(source, with: writes.map { ($0.key, $0.value) })
    return audit
  }

  @Test("rows that come, change and go in their order are well, also when writes in between were never shown")
  func well() {
    let audit = Self.audit(
      [
        Effect(key: "a", deed: .come, number: 1), Effect(key: "b", deed: .come, number: 4),
        Effect(key: "a", deed: .change, number: 3), Effect(key: "b", deed: .go, number: 4),
      ],
      [
        "a": Self.writes([1, 2, 3]), "b": Self.writes([4], removed: true),
        "never shown": Self.writes([5], removed: true),
      ], source: ["a": 3])
    #expect(audit.effects == 4)
    #expect(audit.found.isEmpty && audit.sentences.isEmpty)
  }

  @Test(
    "each fault is found",
    arguments: [
      // Never came; an older state stayed; went by itself; changed before it came.
      (.lost, [], ["a": 2]), (.lost, [(.come, 1)], ["a": 2]), (.lost, [(.come, 2), (.go, 2)], ["a": 2]),
      (.lost, [(.change, 2)], ["a": 2]),
      (.duplicated, [(.come, 2), (.come, 2)], ["a": 2]), (.duplicated, [(.come, 2), (.change, 2)], ["a": 2]),
      (.reordered, [(.come, 2), (.change, 1), (.change, 2)], ["a": 2]),
      // Of no write; of a row that its source has not.
      (.phantom, [(.come, 9)], ["a": 2]), (.phantom, [(.come, 2)], [:]),
    ] as [(EffectAudit.Fault, [(Effect.Deed, Int64)], [String: Int64])])
  func faults(fault: EffectAudit.Fault, deeds: [(Effect.Deed, Int64)], source: [String: Int64]) {
    let effects = deeds.map { Effect(key: "a", deed: $0.0, number: $0.1) }
    let audit = Self.audit(effects, ["a": Self.writes([1, 2])], source: source)
    #expect(audit.found[fault, default: 0] > 0, "\(audit.sentences)")
  }

  @Test("what is gone stays gone, goes once, and what was confirmed is at the source")
  func removals() {
    let removed = ["a": Self.writes([1, 2], removed: true)]
    let back = [Effect.Deed.come, .go, .come].map { Effect(key: "a", deed: $0, number: 2) }
    #expect(Self.audit(back, removed, source: ["a": 2]).found[.duplicated] == 1)
    let twice = [Effect.Deed.come, .go, .go].map { Effect(key: "a", deed: $0, number: 2) }
    #expect(Self.audit(twice, removed, source: [:]).found[.duplicated] == 1)
    let kept = [Effect(key: "a", deed: .come, number: 2)]
    #expect(Self.audit(kept, removed, source: ["a": 2]).found[.lost] == 1)
    let older = [Effect(key: "a", deed: .come, number: 1)]
    #expect(Self.audit(older, ["a": Self.writes([1, 2])], source: ["a": 1]).found[.lost] == 1)
  }
}
