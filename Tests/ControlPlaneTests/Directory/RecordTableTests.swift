import Testing

@testable import ControlPlane

@Suite struct RecordTableTests {
  private struct Record: Sendable, Equatable {
    let key: UInt64
    var value: UInt64
  }

  /// Knuth's generator: the same walk at every run.
  private struct Walk {
    var state: UInt64
    mutating func next(_ bound: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % bound
    }
  }

  @Test(
    "a table holds what a dictionary holds, through growth, replacement and removal, also when many keys share a place",
    arguments: [UInt64.max, 7, 1])
  func model(mask: UInt64) {
    // A hash of few values makes long runs, where deletion has to move what was pushed behind.
    let hash: (UInt64) -> UInt64 = { ($0 &* 0x9E37_79B9_7F4A_7C15 >> 16) & mask }
    var walk = Walk(state: 42)
    var table = RecordTable<Record>()
    var model: [UInt64: UInt64] = [:]
    for step in 0..<(mask == .max ? 60_000 : 6000) {
      let key = walk.next(mask == .max ? 4000 : 120)
      let index = table.index(hash(key)) { $0.key == key }
      #expect((index != nil) == (model[key] != nil))
      switch walk.next(3) {
      case 0:
        if let index { table.remove(at: index) { hash($0.key) } }
        model[key] = nil
      default:
        if let index {
          table.update(index) { $0.value = UInt64(step) }
        } else {
          table.insert(Record(key: key, value: UInt64(step)), hash: hash(key))
        }
        model[key] = UInt64(step)
      }
      guard table.records.count == model.count else {
        Issue.record("\(table.records.count) records instead of \(model.count) after step \(step)")
        return
      }
    }
    for (key, value) in model {
      let index = table.index(hash(key)) { $0.key == key }
      #expect(index.map { table.records[$0].value } == value)
    }
  }

  @Test("texts that were dropped are packed away, and the others stay readable")
  func texts() throws {
    var slugs = SlugTable()
    let owner = DirectoryKey(high: 1, low: 2)
    for number in 0..<6000 {
      put("organization-with-a-long-name-\(number)", owner, into: &slugs)
    }
    let full = slugs.footprint
    for number in 0..<5900 {
      Array("organization-with-a-long-name-\(number)".utf8).withUnsafeBufferPointer {
        slugs.remove($0, SlugTable.hash($0))
      }
    }
    #expect(slugs.count == 100)
    #expect(slugs.footprint < full - 100_000)
    for number in 5900..<6000 {
      Array("organization-with-a-long-name-\(number)".utf8).withUnsafeBufferPointer { text in
        #expect(slugs.owner(text, SlugTable.hash(text))?.organization == owner)
      }
    }
  }

  private func put(_ slug: String, _ owner: DirectoryKey, into slugs: inout SlugTable) {
    Array(slug.utf8).withUnsafeBufferPointer {
      slugs.put($0, SlugTable.hash($0), organization: owner, isAlias: false, mark: 1)
    }
  }
}
